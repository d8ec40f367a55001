"""The lines of a participant's activity. Apps above add theirs, so that this one need not know them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise

from programs.models import Participant
from team.audit import ReadableChange


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """Something that happened, as the page tells it."""

    at: datetime
    what: str | Promise
    who: str = ""
    name: str = ""
    url: str = ""
    program: str = ""
    detail: str | Promise = ""
    changes: tuple[ReadableChange, ...] = ()


class ActivitySource(Protocol):
    """Tells what else happened to a participant."""

    def __call__(self, participant: Participant, *, limit: int) -> list[ActivityLine]:
        """Return the newest lines, so many at most."""


class Reader(Protocol):
    """Who reads: a user, asked for permissions."""

    def has_perm(self, perm: str) -> bool:
        """Say whether they may do what ``perm`` names."""


_sources: dict[ActivitySource, str] = {}


def register_activity(source: ActivitySource, *, permission: str) -> None:
    """
    Add what ``source`` tells to the activity of participants; to be called from ``AppConfig.ready``.

    Who lacks ``permission`` is not told.
    """
    _sources[source] = permission


def lines_of_sources(participant: Participant, *, reader: Reader, limit: int) -> list[ActivityLine]:
    """Return what the sources tell of a participant, as far as the reader may know it."""
    allowed = [source for source, permission in _sources.items() if reader.has_perm(permission)]
    return [line for source in allowed for line in source(participant, limit=limit)]
