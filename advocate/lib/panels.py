"""Pages that gather several apps are made of panels: each app registers its own and the page's home knows none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

Context = Callable[[HttpRequest, Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of a page such as a participant's."""

    page: str
    key: str
    label: str | Promise
    order: int = 100


@dataclass(frozen=True, slots=True)
class Panel:
    """
    A part of a page.

    ``context`` gets the request and the page's object (``None`` on Overview) and returns what ``template`` needs
    besides ``request`` and ``object``. Who lacks ``permission`` does not see it. ``wide`` takes the page's width.
    """

    page: str
    key: str
    template: str
    context: Context
    tab: str = ""
    permission: str = ""
    order: int = 100
    wide: bool = False


@dataclass(frozen=True, slots=True)
class TabLink:
    """A tab as one page shows it."""

    key: str
    label: str | Promise
    url: str
    current: bool


@dataclass(frozen=True, slots=True)
class RenderedPanel:
    """A panel as one page shows it."""

    key: str
    html: SafeString
    wide: bool


@dataclass(slots=True)
class _Registry:
    tabs: dict[tuple[str, str], Tab] = field(default_factory=dict)
    panels: dict[tuple[str, str], Panel] = field(default_factory=dict)


_registry = _Registry()


def register_tab(tab: Tab) -> None:
    """Add a tab to its page; to be called from ``AppConfig.ready``."""
    _registry.tabs[tab.page, tab.key] = tab


def register_panel(panel: Panel) -> None:
    """Add a panel to its page; to be called from ``AppConfig.ready``."""
    _registry.panels[panel.page, panel.key] = panel


def tabs_of(page: str) -> list[Tab]:
    """Return the page's tabs in their order."""
    return sorted((tab for tab in _registry.tabs.values() if tab.page == page), key=lambda tab: tab.order)


def panels_of(page: str, *, tab: str = "") -> list[Panel]:
    """Return the panels of a page, or of one of its tabs, in their order."""
    found = (panel for panel in _registry.panels.values() if panel.page == page and panel.tab == tab)
    return sorted(found, key=lambda panel: panel.order)


def visible_tabs(request: HttpRequest, page: str) -> list[TabLink]:
    """Return the tabs that hold a panel for the user; the one that ``?tab=`` names, or the first, is current."""
    tabs = [tab for tab in tabs_of(page) if _visible_panels(request, page, tab.key)]
    asked = request.GET.get("tab", "")
    current = next((tab.key for tab in tabs if tab.key == asked), tabs[0].key if tabs else "")
    return [TabLink(tab.key, tab.label, f"?tab={tab.key}", current=tab.key == current) for tab in tabs]


def current_tab(tabs: list[TabLink]) -> str:
    """Return the key of the current tab, or nothing on a page without tabs."""
    return next((tab.key for tab in tabs if tab.current), "")


def rendered_panels(request: HttpRequest, page: str, obj: Any = None, *, tab: str = "") -> list[RenderedPanel]:
    """Render the panels that the request's user may see; a panel that renders to nothing is left out."""
    rendered = (
        RenderedPanel(panel.key, _html(panel, request, obj), panel.wide)
        for panel in _visible_panels(request, page, tab)
    )
    return [panel for panel in rendered if panel.html.strip()]


def _visible_panels(request: HttpRequest, page: str, tab: str) -> list[Panel]:
    user: Any = request.user
    return [panel for panel in panels_of(page, tab=tab) if not panel.permission or user.has_perm(panel.permission)]


def _html(panel: Panel, request: HttpRequest, obj: Any) -> SafeString:
    return render_to_string(panel.template, {"object": obj, **panel.context(request, obj)}, request=request)
