"""Who puts the promo codes on a program's widgets. Apps above add themselves, so that this one need not know them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from programs.models import Program
from team.audit import Actor


class WidgetsHandler(Protocol):
    """Whatever the check box does to the widgets, in the caller's transaction; what it raises undoes the tick."""

    def __call__(self, *, program: Program, shown: bool, by: Actor, at: datetime) -> object:
        """Show the promo codes on the program's widgets, or no longer."""


_handlers: list[WidgetsHandler] = []


def register_widgets(handler: WidgetsHandler) -> None:
    """Call ``handler`` whenever the check box is ticked or unticked; to be called from ``AppConfig.ready``."""
    if handler not in _handlers:
        _handlers.append(handler)


def show_on_widgets(*, program: Program, shown: bool, by: Actor, at: datetime) -> None:
    """Call the handlers, in the order in which they were registered."""
    for handler in _handlers:
        handler(program=program, shown=shown, by=by, at=at)
