"""What the page of a widget or microsite shows, tab by tab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.forms import BoundField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from advocate.lib.errors import DomainError
from advocate.lib.panels import Panel, Tab, TabLink, register_panel, register_tab
from team.panels import history_panel
from widget.components import COMPONENTS
from widget.counted_use import use_context
from widget.editor import CHANGE, preview_language
from widget.embedding import snippets
from widget.forms import ComponentForm, part_form
from widget.languages import Language
from widget.models import Display
from widget.operations.checking import text_field
from widget.queries import origins_of, published_versions
from widget.states import name_of, state_of
from widget.stored import StoredComponent
from widget.ways_out import way_out

PAGE = "display"
SEE = "widget.view_display"
SHOWN_VERSIONS = 50
LONGEST_EXCERPT = 60
LANGUAGES = {Language.ENGLISH: "English", Language.CHINESE: "简体中文"}

# What entries name that no model has as a field, so that it is collected.
FIELDS_OF_NO_MODEL = (
    gettext_noop("Component"),
    gettext_noop("Place"),
    gettext_noop("Sites"),
    gettext_noop("Image"),
    gettext_noop("Copy of"),
)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A component in the list of the draft's."""

    id: str
    name: str | Promise
    excerpt: str
    place: int
    is_first: bool
    is_last: bool
    is_open: bool


@dataclass(frozen=True, slots=True)
class LanguageField:
    """The field of a text in one language."""

    language: str
    field: BoundField


@dataclass(frozen=True, slots=True)
class TextFields:
    """The fields of one text, a language each."""

    label: str | Promise
    fields: Sequence[LanguageField]


def editor(request: HttpRequest, display: Display) -> Mapping[str, Any]:
    """Return the draft's components, the form of the one that is open, and what can be added."""
    user: Any = request.user
    may_change = user.has_perm(CHANGE) and not display.is_archived
    draft = state_of(display).draft
    form = _open_form(request, draft.parts, draft.revision) if may_change else None
    opened = _opened(request)
    language = preview_language(request)
    preview_url = f"{reverse('admin:widget_display_preview', args=[display.pk])}?language={language.value}"
    return {
        "may_change": may_change,
        "revision": draft.revision,
        "rows": [_row(part, place, draft.parts, opened, language) for place, part in enumerate(draft.parts)],
        "form": form,
        "opened": opened if form else "",
        "opened_name": form.component.label if form else "",
        "text_fields": _text_fields(form) if form else [],
        "setting_fields": [form[setting.name] for setting in form.component.settings] if form else [],
        "types": COMPONENTS if may_change and form is None else (),
        "preview_url": preview_url,
        "languages": _languages(request, language, opened if form else ""),
    }


def versions(request: HttpRequest, display: Display) -> Mapping[str, Any]:
    """Return what was published, the newest first."""
    user: Any = request.user
    found = list(published_versions(display)[: SHOWN_VERSIONS + 1])
    return {
        "versions": found[:SHOWN_VERSIONS],
        "has_more": len(found) > SHOWN_VERSIONS,
        "may_change": user.has_perm(CHANGE) and not display.is_archived,
        "has_changes": state_of(display).has_changes,
    }


def display_settings(request: HttpRequest, display: Display) -> Mapping[str, Any]:
    """Return the settings, and the sites that may show the program's widgets."""
    user: Any = request.user
    return {
        "may_change": user.has_perm(CHANGE),
        "way_out": way_out(display),
        "address": f"{settings.BASE_URL}/m/{display.slug}" if display.is_microsite else "",
        "origins": origins_of(display.program),
    }


def embedding(request: HttpRequest, display: Display) -> Mapping[str, Any]:
    """Return what to paste into the shop's page."""
    user: Any = request.user
    return {
        "snippets": snippets(display),
        "is_seen": state_of(display).current is not None and not display.is_archived,
        "origins": origins_of(display.program),
        "may_change": user.has_perm(CHANGE),
    }


def _opened(request: HttpRequest) -> str:
    form: ComponentForm | None = vars(request).get("component_form")
    if form is not None and request.resolver_match:
        return str(request.resolver_match.kwargs["component_id"])
    return request.GET.get("component", "")


def _open_form(request: HttpRequest, parts: Sequence[StoredComponent], revision: int) -> ComponentForm | None:
    sent: ComponentForm | None = vars(request).get("component_form")
    if sent is not None:
        return sent
    part = next((one for one in parts if one.id == _opened(request)), None)
    try:
        return part_form(None, part, seen=revision)
    except DomainError:
        return None


def _row(
    part: StoredComponent, place: int, parts: Sequence[StoredComponent], opened: str, language: Language
) -> PartRow:
    own = part.texts.get(language.value) or {}
    excerpt = next((text for text in own.values() if text), "")
    return PartRow(
        id=part.id,
        name=name_of(part),
        excerpt=excerpt if len(excerpt) <= LONGEST_EXCERPT else f"{excerpt[:LONGEST_EXCERPT]}…",
        place=place,
        is_first=place == 0,
        is_last=place == len(parts) - 1,
        is_open=part.id == opened,
    )


def _text_fields(form: ComponentForm) -> list[TextFields]:
    return [
        TextFields(
            text.label,
            [LanguageField(LANGUAGES[language], form[text_field(text, language.value)]) for language in Language],
        )
        for text in form.component.texts
    ]


def _languages(request: HttpRequest, current: Language, opened: str) -> list[TabLink]:
    part = f"&component={opened}" if opened else ""
    return [
        TabLink(language.value, name, f"?language={language.value}{part}", current=language is current)
        for language, name in LANGUAGES.items()
    ]


def register() -> None:
    """Put the page together."""
    tabs = {
        "components": _("Components"),
        "use": _("Use"),
        "versions": _("Versions"),
        "settings": _("Settings"),
        "embed": _("Embed"),
    }
    for order, (key, label) in enumerate(tabs.items()):
        register_tab(Tab(PAGE, key, label, order=order))
    template = "widget/panels/{}.html".format
    register_panel(Panel(PAGE, "editor", template("editor"), editor, "components", SEE, 10, wide=True))
    register_panel(Panel(PAGE, "use", template("use"), use_context, "use", SEE, 10, wide=True))
    register_panel(Panel(PAGE, "versions", template("versions"), versions, "versions", SEE, 10, wide=True))
    register_panel(history_panel(page=PAGE, tab="versions", permission="team.view_auditentry"))
    register_panel(Panel(PAGE, "settings", template("settings"), display_settings, "settings", SEE, 10))
    register_panel(Panel(PAGE, "sites", template("sites"), display_settings, "settings", SEE, 20))
    register_panel(Panel(PAGE, "embed", template("embed"), embedding, "embed", SEE, 10, wide=True))
