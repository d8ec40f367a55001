"""The check box of promo codes: one component on all widgets and microsites of a program, published ones included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F

from programs.models import Program
from promocodes.models import CodePool
from team import audit
from team.audit import Actor, Change
from widget.defaults import PROMO_CODES
from widget.models import Display, DisplayVersion
from widget.operations.making import make_displays
from widget.operations.versions import add_version
from widget.stored import StoredComponent

Parts = Sequence[StoredComponent]


@transaction.atomic
def add_to_all_displays(*, program: Program, component_type: str, by: Actor, at: datetime) -> int:
    """
    Put a component on all widgets and microsites of a program, and return how many did not have it.

    What participants see gets it at once, as a version of its own; a draft gets it, too, and keeps what else it holds.
    """
    return _change_all(program, "display.component_put_on_all", component_type, _with(component_type), by=by, at=at)


@transaction.atomic
def remove_from_all_displays(*, program: Program, component_type: str, by: Actor, at: datetime) -> int:
    """Take a component off all widgets and microsites of a program, as they are seen and as drafts; return how many."""
    return _change_all(
        program, "display.component_taken_off_all", component_type, _without(component_type), by=by, at=at
    )


def set_promo_codes_shown(*, program: Program, shown: bool, by: Actor, at: datetime) -> None:
    """Do what the check box says, in the caller's transaction."""
    change = add_to_all_displays if shown else remove_from_all_displays
    change(program=program, component_type=PROMO_CODES, by=by, at=at)


def follow_promo_codes(program_id: int, *, at: datetime) -> None:
    """Have the check box ticked exactly while all that participants see of the program shows the promo codes."""
    seen = DisplayVersion.objects.filter(display__archived_at__isnull=True, is_current=True)
    shown = seen.filter(display__program=program_id)
    everywhere = all(_has(version.parts, PROMO_CODES) for version in shown)
    CodePool.objects.filter(program=program_id, switched_on_at__isnull=False, on_widgets=not everywhere).update(
        on_widgets=everywhere, updated_at=at
    )


def _change_all(
    program: Program, action: str, component_type: str, changed: Callable[[Parts], Parts], *, by: Actor, at: datetime
) -> int:
    make_displays(program=program, at=at)
    displays = Display.objects.filter(program=program, archived_at__isnull=True).order_by("pk")
    # Holds the drafts before anything is read, so that nobody edits or publishes meanwhile.
    DisplayVersion.objects.filter(display__in=displays, is_draft=True).update(revision=F("revision") + 1)
    count = sum(_change(display, changed, by=by, at=at) for display in displays)
    if count:
        changes = {"component": Change(None, component_type), "count": Change(None, count)}
        audit.record(by=by, action=action, target=program, at=at, changes=changes)
    return count


def _change(display: Display, changed: Callable[[Parts], Parts], *, by: Actor, at: datetime) -> bool:
    """Change the draft and what participants see, each for itself, and return whether either did not have it so."""
    is_change = False
    for version in DisplayVersion.objects.filter(display=display).exclude(is_draft=False, is_current=False):
        after = changed(version.parts)
        if [part.type for part in after] == [part.type for part in version.parts]:
            continue
        is_change = True
        components = [part.stored() for part in after]
        if version.is_draft:
            DisplayVersion.objects.filter(pk=version.pk).update(components=components, updated_at=at)
        else:
            add_version(display, components, by=by, at=at)
    return is_change


def _with(component_type: str) -> Callable[[Parts], Parts]:
    """Return what adds a component below the first one, which is the heading, where there is none of its type."""
    added = StoredComponent.new(component_type)

    def add(parts: Parts) -> Parts:
        return parts if _has(parts, component_type) else [*parts[:1], added, *parts[1:]]

    return add


def _without(component_type: str) -> Callable[[Parts], Parts]:
    def remove(parts: Parts) -> Parts:
        return [part for part in parts if part.type != component_type]

    return remove


def _has(parts: Parts, component_type: str) -> bool:
    return any(part.type == component_type for part in parts)
