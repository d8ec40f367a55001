"""Who wants to know that somebody joined a program. Apps above add themselves, so that this one need not know them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from programs.models import Participant, Program


class JoinedHandler(Protocol):
    """Whatever follows from joining, in the caller's transaction; what it raises undoes the joining."""

    def __call__(self, *, participant: Participant, program: Program, at: datetime) -> object:
        """Do what follows."""


_handlers: list[JoinedHandler] = []


def register_joined(handler: JoinedHandler) -> None:
    """Call ``handler`` whenever a participant joins a program; to be called from ``AppConfig.ready``."""
    if handler not in _handlers:
        _handlers.append(handler)


def announce_joined(*, participant: Participant, program: Program, at: datetime) -> None:
    """Call the handlers, in the order in which they were registered."""
    for handler in _handlers:
        handler(participant=participant, program=program, at=at)
