"""Where a widget or microsite stands: what participants see of it, and how the draft differs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from widget.components import COMPONENT_OF
from widget.models import Display, DisplayVersion
from widget.stored import StoredComponent


class Difference(StrEnum):
    """What publishing does to a component."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


DIFFERENCES: dict[Difference, str | Promise] = {
    Difference.ADDED: _("added"),
    Difference.REMOVED: _("removed"),
    Difference.CHANGED: _("changed"),
    Difference.MOVED: _("moved"),
}


@dataclass(frozen=True, slots=True)
class PartChange:
    """A component that participants will see otherwise than now."""

    name: str | Promise
    difference: Difference

    @property
    def words(self) -> str | Promise:
        """Return what happens to it."""
        return DIFFERENCES[self.difference]


@dataclass(frozen=True, slots=True)
class DisplayState:
    """A draft and what it would replace."""

    draft: DisplayVersion
    current: DisplayVersion | None

    @property
    def has_changes(self) -> bool:
        """Say whether publishing would show anything else than now."""
        return self.current is None or self.current.components != self.draft.components

    @property
    def changes(self) -> list[PartChange]:
        """Return what publishing changes, in the order of the draft, what is removed last."""
        before = {part.id: part for part in self.current.parts} if self.current else {}
        after = self.draft.parts
        moved = _moved([one for one in before if one in {part.id for part in after}], after)
        kept = [(part, _difference(part, before.get(part.id), part.id in moved)) for part in after]
        gone = [part for name, part in before.items() if name not in {one.id for one in after}]
        changed = [PartChange(name_of(part), difference) for part, difference in kept if difference]
        return [*changed, *(PartChange(name_of(part), Difference.REMOVED) for part in gone)]


def state_of(display: Display) -> DisplayState:
    """Return the state of a display that was read by ``with_working_versions``."""
    working: list[DisplayVersion] = vars(display)["working_versions"]
    draft = next(version for version in working if version.is_draft)
    return DisplayState(draft, next((version for version in working if version.is_current), None))


def name_of(part: StoredComponent) -> Any:
    """Return what a component's type is called."""
    return COMPONENT_OF[part.type].label if part.type in COMPONENT_OF else part.type


def _difference(part: StoredComponent, before: StoredComponent | None, is_moved: bool) -> Difference | None:
    if before is None:
        return Difference.ADDED
    if before.stored() != part.stored():
        return Difference.CHANGED
    return Difference.MOVED if is_moved else None


def _moved(before: list[str], after: tuple[StoredComponent, ...]) -> set[str]:
    """Return which of the components that stay do so in another place among each other."""
    kept = [part.id for part in after if part.id in set(before)]
    return {name for name, other in zip(kept, before, strict=True) if name != other}
