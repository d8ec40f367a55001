"""What an advocate's share buttons send: the words that are arranged under Content, with the link of the medium."""

from __future__ import annotations

from api.errors import ApiError
from api.wire.share_links import share_link
from widget.components import COMPONENT_OF
from widget.components.share_link import ShareLink
from widget.defaults import WIDGET_KEY
from widget.languages import Language
from widget.sharing import LABELS, ShareText, address_to_share
from widget.stored import StoredComponent
from widget.widget_types import shown_version


def share_text(program_key: str, language: Language) -> ShareText:
    """Return what a program's widget says beside its share link, or what every widget says at first."""
    component = COMPONENT_OF[ShareLink.key]
    texts = component.placed(_stored(program_key), language=language).texts
    return ShareText(subject=texts["share_subject"], message=texts["share_message"])


def message_link(slug: str, *, text: ShareText, medium: str, engagement: str) -> str:
    """Return the address that hands a link on by a medium, or the link itself where a medium has no such address."""
    link = share_link(slug, share=medium, engagement=engagement)
    if medium not in LABELS:
        return link
    message = text.message.replace("{link}", link).strip()
    return address_to_share(medium, link=link, subject=text.subject, message=message)


def _stored(program_key: str) -> dict[str, object]:
    try:
        components = shown_version(f"p/{program_key}/w/{WIDGET_KEY}").components
    except ApiError:
        components = []
    found = (stored for stored in components if stored["type"] == ShareLink.key)
    return next(found, None) or StoredComponent.new(ShareLink.key).stored()
