from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction

from programs.models import Program
from programs.operations.checks import InvalidValue, check_values, set_values
from team import audit
from team.audit import Actor, Change
from widget.models import AllowedOrigin, Display
from widget.operations.errors import SettingsChangedMeanwhile, SlugTaken, TooManyOrigins
from widget.origins import read_origin
from widget.queries import origins_of

MOST_ORIGINS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DisplaySettings:
    """What can be set about a widget or microsite; the last three are a microsite's."""

    name: str
    colour_mode: str = Display.ColourMode.PAGE
    slug: str = ""
    takes_newcomers: bool = False
    consent: Mapping[str, str] = field(default_factory=dict)

    def values(self, display: Display) -> dict[str, Any]:
        """Return the values of the display's own fields."""
        both = {"name": self.name, "colour_mode": str(self.colour_mode)}
        if not display.is_microsite:
            return both
        own = {"slug": self.slug.lower(), "takes_newcomers": self.takes_newcomers, "consent": dict(self.consent)}
        return {**both, **own}


@transaction.atomic
def change_display(
    *, display: Display, settings: DisplaySettings, seen_at: datetime, by: Actor, at: datetime
) -> Display:
    """
    Give a widget or microsite other settings and return it as it is then.

    ``seen_at`` is the ``updated_at`` of the state that the person changed.

    :raises InvalidValue: if a setting is not one
    :raises SlugTaken: if another microsite has the address
    :raises SettingsChangedMeanwhile: if it was changed after ``seen_at``
    """
    changed = Display.objects.select_related("program").get(pk=display.pk)
    changes = set_values(changed, settings.values(changed))
    if not changes:
        return changed
    check_values(changed, names=changes)
    if changed.is_microsite and not changed.slug:
        reason = Display._meta.get_field("slug").error_messages["blank"]
        raise InvalidValue(field="slug", label=Display._meta.get_field("slug").verbose_name, reason=reason)
    as_seen = Display.objects.filter(pk=display.pk, updated_at=seen_at)
    try:
        with transaction.atomic():
            written = as_seen.update(**{name: change.after for name, change in changes.items()}, updated_at=at)
    except IntegrityError as error:
        if "slug" not in changes:
            raise
        raise SlugTaken from error
    if not written:
        raise SettingsChangedMeanwhile(name=display.shown_name)
    changed.updated_at = at
    audit.record(by=by, action="display.settings_changed", target=changed, at=at, changes=changes)
    return changed


@transaction.atomic
def change_origins(
    *, program: Program, origins: Sequence[str], seen: Sequence[str], by: Actor, at: datetime
) -> list[str]:
    """
    Let these sites show the program's widgets, and no others; return them as they are kept.

    ``seen`` are those that the person changed.

    :raises InvalidOrigin: if one is not the address of a site
    :raises TooManyOrigins: if there are too many
    :raises SettingsChangedMeanwhile: if somebody else changed them after they were read
    """
    wanted = sorted({read_origin(origin) for origin in origins})
    if len(wanted) > MOST_ORIGINS:
        raise TooManyOrigins(limit=MOST_ORIGINS)
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    before = origins_of(program)
    if before != sorted(seen):
        raise SettingsChangedMeanwhile(name=program.name)
    if before == wanted:
        return wanted
    AllowedOrigin.objects.filter(program=program).exclude(origin__in=wanted).delete()
    new = [AllowedOrigin(program=program, origin=origin) for origin in wanted if origin not in before]
    AllowedOrigin.objects.bulk_create(new)
    changes = {"sites": Change(before, wanted)}
    audit.record(by=by, action="display.sites_changed", target=program, at=at, changes=changes)
    return wanted
