"""Further widgets and microsites of a program: made, put away, brought back, or deleted while nobody ever saw them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import F

from programs.models import Program
from programs.operations.checks import check_values
from team import audit
from team.audit import Actor, Change
from widget.defaults import first_components
from widget.models import Display, DisplayVersion
from widget.operations.check_box import follow_promo_codes
from widget.operations.errors import FirstStays, KeyTaken, SlugTaken, TooManyDisplays, WasPublished
from widget.queries import draft_of, shows_promo_codes, was_published

MOST_DISPLAYS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDisplay:
    """A widget or microsite to be made; the key of a microsite is its address as well."""

    kind: str
    name: str
    key: str
    copy_of: Display | None = None


@transaction.atomic
def make_display(*, program: Program, new: NewDisplay, by: Actor, at: datetime) -> Display:
    """
    Make a further widget or microsite of a program, as a draft that nobody sees, and return it.

    It begins with the components of a new program's, or with those of another one's draft, and that one's colours.

    :raises InvalidValue: if a value is not one
    :raises TooManyDisplays: if the program has too many already
    :raises KeyTaken: if another of the program has the key
    :raises SlugTaken: if another microsite has the address
    """
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if Display.objects.filter(program=program, archived_at__isnull=True).count() >= MOST_DISPLAYS:
        raise TooManyDisplays(limit=MOST_DISPLAYS)
    display = _built(program, new, at)
    check_values(display, names=("name", "slug", "key") if display.is_microsite else ("name", "key"))
    _insert(display)
    components = _components(program, new.copy_of)
    DisplayVersion.objects.create(display=display, is_draft=True, components=components, updated_at=at)
    copied = {"copy_of": Change(None, str(new.copy_of))} if new.copy_of else {}
    changes = {"key": Change(None, display.key), "program": Change(None, str(program)), **copied}
    audit.record(by=by, action="display.made", target=display, at=at, changes=changes)
    return display


@transaction.atomic
def archive_display(*, display: Display, by: Actor, at: datetime) -> bool:
    """
    Put a widget or microsite away, so that participants do not see it, and return whether it was not.

    :raises FirstStays: if it came with its program
    """
    _refuse_first(display)
    if not Display.objects.filter(pk=display.pk, archived_at__isnull=True).update(archived_at=at, updated_at=at):
        return False
    audit.record(by=by, action="display.archived", target=display, at=at)
    follow_promo_codes(display.program_id, at=at)
    return True


@transaction.atomic
def bring_display_back(*, display: Display, by: Actor, at: datetime) -> bool:
    """Show participants again what was put away, as it was published, and return whether that is a change."""
    if not Display.objects.filter(pk=display.pk, archived_at__isnull=False).update(archived_at=None, updated_at=at):
        return False
    audit.record(by=by, action="display.brought_back", target=display, at=at)
    follow_promo_codes(display.program_id, at=at)
    return True


@transaction.atomic
def delete_display(*, display: Display, by: Actor, at: datetime) -> bool:
    """
    Delete a widget or microsite that was never published, with its draft, and return whether it was there.

    :raises FirstStays: if it came with its program
    :raises WasPublished: if participants could see it once
    """
    _refuse_first(display)
    # Holds the draft, as publishing does: of the two, the second one finds what the first one did.
    if not DisplayVersion.objects.filter(display=display, is_draft=True).update(revision=F("revision") + 1):
        return False
    if was_published(display):
        raise WasPublished(name=display.shown_name)
    audit.record(by=by, action="display.deleted", target=display, at=at, changes={"key": Change(display.key, None)})
    Display.objects.filter(pk=display.pk).delete()
    return True


def _built(program: Program, new: NewDisplay, at: datetime) -> Display:
    is_microsite = new.kind == Display.Kind.MICROSITE
    key = new.key.lower() if is_microsite else new.key
    return Display(
        program=program,
        kind=new.kind,
        key=key,
        name=new.name,
        slug=key if is_microsite else "",
        colour_mode=new.copy_of.colour_mode if new.copy_of else Display.ColourMode.PAGE,
        created_at=at,
        updated_at=at,
    )


def _insert(display: Display) -> None:
    try:
        with transaction.atomic():
            display.save(force_insert=True)
    except IntegrityError as error:
        if Display.objects.filter(program=display.program_id, key=display.key).exists():
            raise KeyTaken from error
        if display.slug and Display.objects.filter(slug=display.slug).exists():
            raise SlugTaken from error
        raise


def _components(program: Program, copy_of: Display | None) -> list[Any]:
    if copy_of is not None:
        return list(draft_of(copy_of).components)
    return first_components(promo_codes=shows_promo_codes(program.pk))


def _refuse_first(display: Display) -> None:
    if display.is_first:
        raise FirstStays(name=display.shown_name)
