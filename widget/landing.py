"""Where a share link leads: the program's own pages and nowhere else, whatever the address says."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote_plus, urlencode, urlsplit

from api.wire.share_links import ENGAGEMENT_MEDIA, SHARE_MEDIA
from programs.models import Program, ReferralCode, ShareLink

CAMPAIGN: Final = {"utm_source": "invite", "utm_medium": "link", "utm_campaign": "saasquatch"}
LONGEST_NAME: Final = 40
LONGEST_VALUE: Final = 200
MOST_KEPT: Final = 10


@dataclass(frozen=True, slots=True)
class Origin:
    """Who the shop's script knows this deployment as: the host of its address and the tenant alias."""

    host: str
    tenant_alias: str


def landing_url(link: ShareLink, *, query: Mapping[str, str], origin: Origin, at: datetime) -> str:
    """
    Return where a click leads, with the code where it attributes; nothing where the program has no page.

    Of the address's own ``query`` only what names a campaign or a medium goes along.
    """
    code, program = link.code, link.code.program
    is_live = program.status == Program.Status.LIVE
    page = program.main_url if is_live else program.fallback_url or program.main_url
    if urlsplit(page).scheme not in {"http", "https"}:
        return ""
    sent = _kept(query)
    if is_live and not code.disabled_at and not code.participant.is_blocked:
        sent |= _attribution(code, query, origin, at)
    return _with_query(page, sent)


def _kept(query: Mapping[str, str]) -> dict[str, str]:
    names = [name for name in query if name.startswith("utm_") and name.isascii() and len(name) <= LONGEST_NAME]
    return {name: query[name][:LONGEST_VALUE] for name in names[:MOST_KEPT]}


def _attribution(code: ReferralCode, query: Mapping[str, str], origin: Origin, at: datetime) -> dict[str, str]:
    share, engagement = query.get("rsShareMedium", ""), query.get("rsEngagementMedium", "")
    return {
        "rsCode": code.code,
        "rsShareMedium": share if share in SHARE_MEDIA else "UNKNOWN",
        "rsEngagementMedium": engagement if engagement in ENGAGEMENT_MEDIA else "UNKNOWN",
        "_saasquatch": _cookie(code, origin, at),
    }


def _cookie(code: ReferralCode, origin: Origin, at: datetime) -> str:
    """Return what the shop's script keeps as its cookie: the code, and until when it counts."""
    days = code.program.cookie_days
    expiries = {code.code: int((at + timedelta(days=days)).timestamp())} if days else {}
    codes = {"codes": {code.program.key: code.code}, "codesExp": expiries}
    content = json.dumps({origin.host: {f"{origin.tenant_alias}_CODE": codes}}, separators=(",", ":"))
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _with_query(page: str, sent: Mapping[str, str]) -> str:
    """Add parameters to the page's own, which stay as they are written unless ``sent`` has them too."""
    parts = urlsplit(page)
    own = [pair for pair in parts.query.split("&") if pair and _name(pair) not in sent]
    named = {_name(pair) for pair in own}
    default = {name: value for name, value in CAMPAIGN.items() if name not in named}
    return parts._replace(query="&".join([*own, urlencode(default | dict(sent))])).geturl()


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])
