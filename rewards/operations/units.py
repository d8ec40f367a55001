from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from babel.numbers import get_currency_precision
from django.db import IntegrityError, transaction

from programs.operations.checks import check_values, set_values
from rewards.models import RewardUnit
from rewards.operations.errors import UnitChangedMeanwhile, UnitInUse, UnitKeyTaken
from rewards.queries import unit_is_used
from team.audit import Actor, Change, record

GIVES_MEANING = frozenset({"key", "kind", "currency", "exponent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitDefinition:
    """What a unit is; ``exponent`` is the number of decimal places that its amounts have."""

    key: str
    kind: str
    name: str
    currency: str = ""
    exponent: int = 0


def digits_of(currency: str) -> int:
    """Return how many decimal places amounts of a currency have: USD 2, JPY 0, KWD 3."""
    return int(get_currency_precision(currency))


@transaction.atomic
def add_unit(*, definition: UnitDefinition, by: Actor, at: datetime) -> RewardUnit:
    """
    Add a reward unit.

    :raises InvalidValue: if a value is not one
    :raises UnitKeyTaken: if there is one with this key
    """
    unit = RewardUnit(**asdict(definition), created_at=at, updated_at=at)
    check_values(unit, names=asdict(definition))
    try:
        with transaction.atomic():
            unit.save(force_insert=True)
    except IntegrityError as error:
        if RewardUnit.objects.filter(key=definition.key).exists():
            raise UnitKeyTaken(key=definition.key) from error
        raise
    record(by=by, action="unit.added", target=unit, at=at, changes={"key": Change(None, unit.key)})
    return unit


@transaction.atomic
def change_unit(
    *, unit: RewardUnit, definition: UnitDefinition, seen_at: datetime, by: Actor, at: datetime
) -> RewardUnit:
    """
    Change a unit and return it as it is then; once rewards count in it, only its name changes.

    :raises InvalidValue: if a value is not one
    :raises UnitInUse: if the change would give existing amounts another meaning
    :raises UnitChangedMeanwhile: if it was changed after it was read, with ``seen_at`` as its ``updated_at``
    :raises UnitKeyTaken: if there is another one with this key
    """
    # The lock holds off rewards being added meanwhile: their foreign key needs the row.
    changed = RewardUnit.objects.select_for_update().get(pk=unit.pk)
    changes = set_values(changed, asdict(definition))
    if not changes:
        return changed
    if changed.updated_at != seen_at:
        raise UnitChangedMeanwhile
    check_values(changed, names=changes)
    if GIVES_MEANING & changes.keys() and unit_is_used(changed):
        raise UnitInUse(unit=unit.key)
    if "key" in changes and RewardUnit.objects.filter(key=changed.key).exists():
        raise UnitKeyTaken(key=changed.key)
    changed.updated_at = at
    changed.save(update_fields=[*changes, "updated_at"])
    record(by=by, action="unit.changed", target=changed, at=at, changes=changes)
    return changed
