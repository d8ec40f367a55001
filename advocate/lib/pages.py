"""Pages of the back office that belong to no model's list: an app registers its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Page:
    """A page at an address below the back office's, called ``admin:<name>``; the view asks for permissions itself."""

    route: str
    view: View
    name: str


_pages: dict[str, Page] = {}


def register_page(page: Page) -> None:
    """Add a page for members of the team; to be called from ``AppConfig.ready``."""
    _pages[page.name] = page


def page_urls(guarded: Callable[[Any], Any]) -> list[URLPattern]:
    """Return the addresses of all pages, each behind ``guarded``, which lets members of the team through."""
    return [path(page.route, guarded(page.view), name=page.name) for page in _pages.values()]
