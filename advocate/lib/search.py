"""The search from any page: each app registers where it can find something by what a person types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.utils.functional import Promise

from advocate.lib import east_asian

SHORTEST_QUERY = 2


class Seeker(Protocol):
    """Who searches: a user, asked for permissions."""

    def has_perm(self, perm: str) -> bool:
        """Say whether they may do what ``perm`` names."""


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

    ``find`` gets the words, the greatest number of hits wanted and who asks, for places where not everybody sees
    everything. Nobody who lacks ``permission`` gets any.
    """

    key: str
    label: str | Promise
    permission: str
    find: Callable[[str, int, Seeker], list[SearchHit]]
    order: int = 100


@dataclass(frozen=True, slots=True)
class HitGroup:
    """What one place holds."""

    label: str | Promise
    hits: tuple[SearchHit, ...]
    has_more: bool


_sources: dict[str, SearchSource] = {}


def register_search(source: SearchSource) -> None:
    """Add a place to look; to be called from ``AppConfig.ready``."""
    _sources[source.key] = source


def search_sources() -> list[SearchSource]:
    """Return the places to look in their order."""
    return sorted(_sources.values(), key=lambda source: source.order)


def is_too_short(words: str) -> bool:
    """Say whether there are fewer than ``SHORTEST_QUERY`` characters; a family name such as 李 is long enough."""
    bare = words.strip()
    return len(bare) < SHORTEST_QUERY and not east_asian.is_written_so(bare)


def search_everywhere(words: str, *, seeker: Seeker, limit: int) -> list[HitGroup]:
    """
    Return what each place that the seeker may see holds for the words, at most ``limit`` hits of each.

    A word that is too short finds nothing: it would match half of everything.
    """
    if is_too_short(words):
        return []
    allowed = (source for source in search_sources() if not source.permission or seeker.has_perm(source.permission))
    groups = (_hits_of(source, words.strip(), limit, seeker) for source in allowed)
    return [group for group in groups if group.hits]


def _hits_of(source: SearchSource, words: str, limit: int, seeker: Seeker) -> HitGroup:
    found = source.find(words, limit + 1, seeker)
    return HitGroup(label=source.label, hits=tuple(found[:limit]), has_more=len(found) > limit)
