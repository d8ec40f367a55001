"""Who wants to know that a program was made. Apps above add themselves, so that this one need not know them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from programs.models import Program


class CreatedHandler(Protocol):
    """Whatever follows from making a program, in the caller's transaction; what it raises undoes the making."""

    def __call__(self, *, program: Program, at: datetime) -> object:
        """Do what follows."""


_handlers: list[CreatedHandler] = []


def register_created(handler: CreatedHandler) -> None:
    """Call ``handler`` whenever a program is made; to be called from ``AppConfig.ready``."""
    if handler not in _handlers:
        _handlers.append(handler)


def announce_created(*, program: Program, at: datetime) -> None:
    """Call the handlers, in the order in which they were registered."""
    for handler in _handlers:
        handler(program=program, at=at)
