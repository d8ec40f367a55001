"""Who wants to know that somebody joined a program. Apps above add themselves, so that this one need not know them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from programs.models import Participant, Program


class JoinedHandler(Protocol):
    """Whatever follows from joining, in the caller's transaction; what it raises undoes the joining."""

    def __call__(self, *, participant: Participant, program: Program, at: datetime) -> object:
        """Do what follows."""


class ManyJoinedHandler(Protocol):
    """What follows from the joining of many, in their order: the same as for one after the other."""

    def __call__(self, *, participants: Sequence[Participant], program: Program, at: datetime) -> object:
        """Do what follows."""


_handlers: dict[JoinedHandler, ManyJoinedHandler | None] = {}


def register_joined(handler: JoinedHandler, *, many: ManyJoinedHandler | None = None) -> None:
    """
    Call ``handler`` whenever a participant joins a program; to be called from ``AppConfig.ready``.

    ``many`` is called instead where many join at once, and does the same by set statements.
    """
    _handlers[handler] = many


def announce_joined(*, participant: Participant, program: Program, at: datetime) -> None:
    """Call the handlers, in the order in which they were registered."""
    for handler in _handlers:
        handler(participant=participant, program=program, at=at)


def announce_many_joined(*, participants: Sequence[Participant], program: Program, at: datetime) -> None:
    """Call the handlers for those who have joined a program together, in the order of both."""
    for handler, many in _handlers.items():
        if many is not None:
            many(participants=participants, program=program, at=at)
            continue
        for participant in participants:
            handler(participant=participant, program=program, at=at)
