"""Who wants to know that a participant is no longer blocked. Apps above add themselves, as to those who join."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from programs.models import Participant


class UnblockedHandler(Protocol):
    """Whatever follows from an unblocking, in the caller's transaction; what it raises undoes the unblocking."""

    def __call__(self, *, participant: Participant, at: datetime) -> object:
        """Do what follows."""


_handlers: list[UnblockedHandler] = []


def register_unblocked(handler: UnblockedHandler) -> None:
    """Call ``handler`` whenever a participant is unblocked; to be called from ``AppConfig.ready``."""
    if handler not in _handlers:
        _handlers.append(handler)


def announce_unblocked(*, participant: Participant, at: datetime) -> None:
    """Call the handlers, in the order in which they were registered."""
    for handler in _handlers:
        handler(participant=participant, at=at)
