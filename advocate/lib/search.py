"""The search from any page: each app registers where it can find something by what a person types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One thing found, and where it is."""

    title: str
    subtitle: str
    url: str


@dataclass(frozen=True, slots=True)
class SearchSource:
    """
    A place to look.

    ``find`` gets the words and the greatest number of hits wanted. Who lacks ``permission`` never sees its hits.
    """

    key: str
    label: str | Promise
    permission: str
    find: Callable[[str, int], list[SearchHit]]
    order: int = 100


_sources: dict[str, SearchSource] = {}


def register_search(source: SearchSource) -> None:
    """Add a place to look; to be called from ``AppConfig.ready``."""
    _sources[source.key] = source


def search_sources() -> list[SearchSource]:
    """Return the places to look in their order."""
    return sorted(_sources.values(), key=lambda source: source.order)
