"""Pages that gather several apps are made of panels: each app registers its own and the page's home knows none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise

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

    ``context`` gets the request and the page's object (``None`` on Overview) and returns what ``template`` needs.
    Who lacks ``permission`` does not see the panel.
    """

    page: str
    key: str
    template: str
    context: Context
    tab: str = ""
    permission: str = ""
    order: int = 100


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
