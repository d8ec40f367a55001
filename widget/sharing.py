"""The buttons by which an advocate hands on a code or link, each an ordinary address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from widget.viewers import Viewer

LABELS: Final[Mapping[str, str | Promise]] = {
    "EMAIL": _("E-mail"),
    "WHATSAPP": "WhatsApp",
    "FBMESSENGER": "Messenger",
    "SMS": _("Text message"),
    "FACEBOOK": "Facebook",
    "TWITTER": "X",
    "LINKEDIN": "LinkedIn",
    "LINEMESSENGER": "LINE",
    "PINTEREST": "Pinterest",
}
MEDIA: Final = ("EMAIL", "WHATSAPP", "FACEBOOK", "TWITTER", "LINKEDIN", "SMS")
# What carries a message of the advocate's own; the rest only take a link.
WITH_MESSAGE: Final = ("EMAIL", "WHATSAPP", "SMS", "TWITTER")


@dataclass(frozen=True, slots=True)
class ShareText:
    """What is sent to a friend; ``{link}`` in the message becomes the share link of the medium."""

    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class ShareButton:
    """A button that shares by one medium."""

    medium: str
    label: str
    url: str


def share_buttons(viewer: Viewer, text: ShareText, media: tuple[str, ...] = WITH_MESSAGE) -> list[ShareButton]:
    """Return the buttons of these media."""
    return [ShareButton(medium, str(LABELS[medium]), share_url(viewer, text, medium)) for medium in media]


def share_url(viewer: Viewer, text: ShareText, medium: str) -> str:
    """Return the address that hands the message, or the link where the medium takes no message, to a friend."""
    link = viewer.share_link(medium)
    message = text.message.replace("{link}", link).strip()
    return address_to_share(medium, link=link, subject=text.subject, message=message)


def address_to_share(medium: str, *, link: str, subject: str, message: str) -> str:
    """Return the address that opens a medium with what is to be sent."""
    if medium == "EMAIL":
        return f"mailto:?{_query(subject=subject, body=message)}"
    if medium == "SMS":
        return f"sms:?&{_query(body=message)}"
    return _web_address(medium, link, message)


def _web_address(medium: str, link: str, message: str) -> str:
    addresses = {
        "WHATSAPP": ("https://wa.me/", {"text": message}),
        "FBMESSENGER": ("fb-messenger://share/", {"link": link}),
        "FACEBOOK": ("https://www.facebook.com/sharer/sharer.php", {"u": link}),
        "TWITTER": ("https://twitter.com/intent/tweet", {"text": message}),
        "LINKEDIN": ("https://www.linkedin.com/sharing/share-offsite/", {"url": link}),
        "LINEMESSENGER": ("https://line.me/R/share", {"text": message}),
        "PINTEREST": ("https://www.pinterest.com/pin/create/link/", {"url": link, "description": message}),
    }
    address, values = addresses[medium]
    return f"{address}?{_query(**values)}"


def _query(**values: str) -> str:
    return urlencode(values, quote_via=quote)
