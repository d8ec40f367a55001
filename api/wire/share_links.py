"""Share links as the API writes them: one address for each program, with the media that a click then names."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args
from urllib.parse import urlencode

from programs.addresses import share_url

ShareMedium = Literal[
    "DIRECT",
    "EMAIL",
    "FACEBOOK",
    "TWITTER",
    "LINKEDIN",
    "SMS",
    "FBMESSENGER",
    "WHATSAPP",
    "LINEMESSENGER",
    "PINTEREST",
    "UNKNOWN",
]
EngagementMedium = Literal["UNKNOWN", "EMAIL", "MOBILE", "EMBED", "POPUP", "HOSTED"]
SHARE_MEDIA: Final[tuple[str, ...]] = get_args(ShareMedium)
ENGAGEMENT_MEDIA: Final[tuple[str, ...]] = get_args(EngagementMedium)
MEDIA_OF_USER: Final = ("UNKNOWN", "EMAIL", "MOBILE")  # the others are in the answer to a question for share links
CLEAN: Final = "cleanShareLink"


def share_link(slug: str, *, engagement: str, share: str) -> str:
    """Return a link's address whose clicks name how it was shared."""
    media = {"rsShareMedium": share, "rsEngagementMedium": engagement}
    named = {name: medium for name, medium in media.items() if medium != "UNKNOWN"}
    return f"{share_url(slug)}?{urlencode(named)}" if named else share_url(slug)


def links_of_user(slug: str) -> dict[str, Any]:
    """Return the links of one program as a user's own answer has them."""
    direct = {medium: {"DIRECT": share_link(slug, engagement=medium, share="DIRECT")} for medium in MEDIA_OF_USER}
    return {CLEAN: share_url(slug), **direct}


def links_by_media(slug: str, *, engagement: str = "", share: str = "") -> dict[str, Any]:
    """Return the links of one program for every medium, or for those asked for."""
    rows = [engagement] if engagement else ENGAGEMENT_MEDIA
    columns = [share] if share else SHARE_MEDIA
    by_medium = {row: {column: share_link(slug, engagement=row, share=column) for column in columns} for row in rows}
    return {CLEAN: share_url(slug), **by_medium}
