"""Working on a draft: each change names the revision that it was made on, so that two admins overwrite nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from team import audit
from team.audit import Actor, Change
from widget.components import COMPONENT_OF
from widget.models import Display, DisplayVersion
from widget.operations.checking import checked_settings, checked_texts
from widget.operations.errors import (
    ComponentGone,
    DraftChangedMeanwhile,
    IsArchived,
    TooManyComponents,
    UnknownComponentType,
)
from widget.queries import draft_of
from widget.stored import StoredComponent

MOST_COMPONENTS: Final = 50


@transaction.atomic
def add_component(
    *, display: Display, component_type: str, seen: int, by: Actor, at: datetime, place: int | None = None
) -> StoredComponent:
    """
    Add a component to the draft, at the end or at a place counted from 0, and return it.

    :raises UnknownComponentType: if there is no such component
    :raises TooManyComponents: if the draft is full
    :raises DraftChangedMeanwhile: if ``seen`` is no longer the draft's revision
    """
    if component_type not in COMPONENT_OF:
        raise UnknownComponentType
    draft = seen_draft(display, seen)
    parts = list(draft.parts)
    if len(parts) >= MOST_COMPONENTS:
        raise TooManyComponents(limit=MOST_COMPONENTS)
    added = StoredComponent.new(component_type)
    parts.insert(len(parts) if place is None else max(0, place), added)
    write_draft(draft, parts, at=at)
    _record(draft, "display.component_added", by, at, component=Change(None, added.type))
    return added


@transaction.atomic
def move_component(*, display: Display, component_id: str, place: int, seen: int, by: Actor, at: datetime) -> bool:
    """
    Move a component to a place counted from 0 and return whether that is a change; beyond the ends is the end.

    :raises ComponentGone: if it is not in the draft
    :raises DraftChangedMeanwhile: if ``seen`` is no longer the draft's revision
    """
    draft = seen_draft(display, seen)
    parts = list(draft.parts)
    before = _place_of(parts, component_id)
    after = max(0, min(place, len(parts) - 1))
    if before == after:
        return False
    moved = parts.pop(before)
    parts.insert(after, moved)
    write_draft(draft, parts, at=at)
    _record(
        draft,
        "display.component_moved",
        by,
        at,
        component=Change(None, moved.type),
        place=Change(before + 1, after + 1),
    )
    return True


@transaction.atomic
def remove_component(*, display: Display, component_id: str, seen: int, by: Actor, at: datetime) -> None:
    """
    Take a component out of the draft.

    :raises ComponentGone: if it is not in the draft
    :raises DraftChangedMeanwhile: if ``seen`` is no longer the draft's revision
    """
    draft = seen_draft(display, seen)
    parts = list(draft.parts)
    removed = parts.pop(_place_of(parts, component_id))
    write_draft(draft, parts, at=at)
    _record(draft, "display.component_removed", by, at, component=Change(removed.type, None))


@transaction.atomic
def edit_component(
    *,
    display: Display,
    component_id: str,
    texts: Mapping[str, Mapping[str, str]],
    settings: Mapping[str, Any],
    seen: int,
    by: Actor,
    at: datetime,
) -> bool:
    """
    Give a component of the draft other texts and settings, and return whether that is a change.

    ``texts`` are by language; what says the same as the component's own text is not kept.

    :raises ComponentGone: if it is not in the draft
    :raises UnknownComponentType: if there is no such component any more
    :raises InvalidComponent: if a text or setting is not one
    :raises DraftChangedMeanwhile: if ``seen`` is no longer the draft's revision
    """
    draft = seen_draft(display, seen)
    parts = list(draft.parts)
    place = _place_of(parts, component_id)
    before = parts[place]
    kind = COMPONENT_OF.get(before.type)
    if kind is None:
        raise UnknownComponentType
    after = replace(before, texts=checked_texts(kind, texts), settings=checked_settings(kind, settings))
    if after.stored() == before.stored():
        return False
    parts[place] = after
    write_draft(draft, parts, at=at)
    _record(draft, "display.component_changed", by, at, **_differences(before, after))
    return True


def seen_draft(display: Display, seen: int) -> DisplayVersion:
    """
    Return the draft that a person has seen.

    :raises DraftChangedMeanwhile: if ``seen`` is no longer its revision, or it was deleted
    :raises IsArchived: if the widget or microsite was put away
    """
    try:
        draft = draft_of(display)
    except DisplayVersion.DoesNotExist:
        raise DraftChangedMeanwhile(name=display.shown_name) from None
    if draft.display.is_archived:
        raise IsArchived(name=display.shown_name)
    if draft.revision != seen:
        raise DraftChangedMeanwhile(name=display.shown_name)
    return draft


def write_draft(draft: DisplayVersion, parts: Sequence[StoredComponent], *, at: datetime) -> None:
    """
    Write a draft's components if it still is as it was read.

    :raises DraftChangedMeanwhile: if it is not
    """
    as_seen = DisplayVersion.objects.filter(pk=draft.pk, is_draft=True, revision=draft.revision)
    components = [one.stored() for one in parts]
    if not as_seen.update(components=components, revision=F("revision") + 1, updated_at=at):
        raise DraftChangedMeanwhile(name=draft.display.shown_name)
    draft.components, draft.revision = components, draft.revision + 1


def _place_of(parts: Sequence[StoredComponent], component_id: str) -> int:
    for place, one in enumerate(parts):
        if one.id == component_id:
            return place
    raise ComponentGone


def _differences(before: StoredComponent, after: StoredComponent) -> dict[str, Change]:
    changes = {"component": Change(None, after.type)}
    for language, texts in after.stored()["texts"].items():
        old = before.texts.get(language) or {}
        for name in sorted(old.keys() | texts.keys()):
            if old.get(name) != texts.get(name):
                changes[f"{name} ({language})"] = Change(old.get(name), texts.get(name))
    for name in sorted(before.settings.keys() | after.settings.keys()):
        if before.settings.get(name) != after.settings.get(name):
            changes[name] = Change(before.settings.get(name), after.settings.get(name))
    return changes


def _record(draft: DisplayVersion, action: str, by: Actor, at: datetime, **changes: Change) -> None:
    audit.record(by=by, action=action, target=draft.display, at=at, changes=changes)
