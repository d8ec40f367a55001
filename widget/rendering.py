"""A display as a whole document: for the frame that a shop's page puts it in, a page of its own, and previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.safestring import SafeString

from widget.components import COMPONENT_OF
from widget.components.base import Component, Placed
from widget.languages import Language
from widget.viewers import Viewer

STYLE: Final = "widget/widget.css"
SCRIPT: Final = "widget/widget.js"


class Colours(StrEnum):
    """Whether a display is light, dark, or as the page around it."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


class Arranged(Protocol):
    """What is rendered: a version of a display, with its components as they are stored."""

    @property
    def components(self) -> Sequence[Mapping[str, Any]]:
        """Return each component's ``id``, ``type``, ``texts`` by language, and ``settings``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ident:
    """What a display's script, and the shop's, know of whom they act for; the token proves it."""

    tenant_alias: str
    program_key: str
    engagement_medium: str
    token: str = ""
    account_id: str = ""
    user_id: str = ""
    locale: str = ""

    def values(self) -> dict[str, str]:
        """Return it as the scripts read it; the shop's takes a program's key for a promise of the user's ids."""
        known = {
            "token": self.token,
            "userId": self.user_id,
            "accountId": self.account_id,
            "programId": self.program_key,
        }
        return {
            "tenantAlias": self.tenant_alias,
            "appDomain": settings.BASE_URL,
            "engagementMedium": self.engagement_medium,
            "locale": self.locale,
            **(known if self.user_id else {}),
        }


def render(
    version: Arranged,
    *,
    viewer: Viewer,
    language: Language,
    colours: str = Colours.AUTO,
    ident: Ident | None = None,
    title: str = "",
) -> str:
    """
    Return a version of a display as an HTML document, in the viewer's language.

    Without an ``ident`` its buttons copy and share, but nothing is recorded: a preview.
    """
    with translation.override(language.django_code):
        return render_to_string(
            "widget/document.html",
            {
                "parts": render_parts(version.components, viewer=viewer, language=language),
                "language": language.tag,
                "colours": colours,
                "ident": ident.values() if ident else None,
                "title": title or viewer.program.name,
                "style": absolute(static(STYLE)),
                "script": absolute(static(SCRIPT)),
            },
        )


def render_parts(components: Sequence[Mapping[str, Any]], *, viewer: Viewer, language: Language) -> list[SafeString]:
    """Return each component as HTML, in the language that is active; a type that there is no more is left out."""
    known = ((COMPONENT_OF[stored["type"]], stored) for stored in components if stored["type"] in COMPONENT_OF)
    return [_part(component, component.placed(stored, language=language), viewer) for component, stored in known]


def absolute(address: str) -> str:
    """Return an address with the deployment's own before it: the document stands in a page of another host."""
    return address if address.startswith(("http://", "https://")) else f"{settings.BASE_URL}{address}"


def _part(component: Component, placed: Placed, viewer: Viewer) -> SafeString:
    context = {"id": f"part-{placed.id}", "texts": placed.texts, "settings": placed.settings, "viewer": viewer}
    return render_to_string(component.template, {**context, **component.context(viewer, placed)})
