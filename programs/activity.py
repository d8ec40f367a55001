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
    changes: tuple[ReadableChange, ...] = ()


class ActivitySource(Protocol):
    """Tells what else happened to a participant."""

    def __call__(self, participant: Participant, *, limit: int) -> list[ActivityLine]:
        """Return the newest lines, so many at most."""


_sources: list[ActivitySource] = []


def register_activity(source: ActivitySource) -> None:
    """Add what ``source`` tells to the activity of participants; to be called from ``AppConfig.ready``."""
    if source not in _sources:
        _sources.append(source)


def lines_of_other_apps(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return what the apps above tell of a participant."""
    return [line for source in _sources for line in source(participant, limit=limit)]
