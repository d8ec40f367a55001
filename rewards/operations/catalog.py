from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from programs.operations.checks import check_values, set_values
from rewards.models import CatalogReward, RewardType, RewardUnit
from rewards.operations.errors import CatalogKeyTaken, CatalogRewardChangedMeanwhile
from rewards.operations.granting import check_amount
from rewards.periods import Period
from team.audit import Actor, Change, record


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogDefinition:
    """What a catalog reward gives; ``amount`` is in the unit's smallest fraction, or a percentage without a unit."""

    key: str
    name: str
    amount: int
    type: str = RewardType.CREDIT
    unit: RewardUnit | None = None
    validity_count: int | None = None
    validity_period: str = Period.MONTHS
    pending_count: int | None = None
    pending_period: str = Period.DAYS
    is_active: bool = True

    def values(self) -> dict[str, Any]:
        """Return the values by their fields' names."""
        return {each.name: getattr(self, each.name) for each in fields(self)}


@transaction.atomic
def add_catalog_reward(*, definition: CatalogDefinition, by: Actor, at: datetime) -> CatalogReward:
    """
    Add a reward to the catalog.

    :raises InvalidValue: if a value is not one
    :raises TermsNotValid: if the value, type and unit do not belong together
    :raises CatalogKeyTaken: if there is one with this key
    """
    entry = CatalogReward(**definition.values(), created_at=at, updated_at=at)
    _check(entry)
    try:
        with transaction.atomic():
            entry.save(force_insert=True)
    except IntegrityError as error:
        if CatalogReward.objects.filter(key=definition.key).exists():
            raise CatalogKeyTaken(key=definition.key) from error
        raise
    record(by=by, action="catalog.added", target=entry, at=at, changes={"key": Change(None, entry.key)})
    return entry


@transaction.atomic
def change_catalog_reward(
    *, catalog_reward: CatalogReward, definition: CatalogDefinition, seen_at: datetime, by: Actor, at: datetime
) -> CatalogReward:
    """
    Change what the catalog gives from now on and return it; what was given before stays as it was.

    :raises InvalidValue: if a value is not one
    :raises TermsNotValid: if the value, type and unit do not belong together
    :raises CatalogRewardChangedMeanwhile: if it was changed after it was read, with ``seen_at`` as its ``updated_at``
    :raises CatalogKeyTaken: if there is another one with this key
    """
    changed = CatalogReward.objects.select_for_update(of=("self",)).select_related("unit").get(pk=catalog_reward.pk)
    changes = set_values(changed, definition.values())
    if not changes:
        return changed
    if changed.updated_at != seen_at:
        raise CatalogRewardChangedMeanwhile
    _check(changed)
    if "key" in changes and CatalogReward.objects.filter(key=changed.key).exists():
        raise CatalogKeyTaken(key=changed.key)
    changed.updated_at = at
    changed.save(update_fields=[*changes, "updated_at"])
    record(by=by, action="catalog.changed", target=changed, at=at, changes=_readable(changes))
    return changed


def _check(entry: CatalogReward) -> None:
    check_values(entry, names=("key", "name", "type", "validity_count", "pending_count"))
    check_amount(type=entry.type, unit=entry.unit, amount=entry.amount)


def _readable(changes: dict[str, Change]) -> dict[str, Change]:
    """Name units instead of holding them, for the audit list is text."""
    if "unit" not in changes:
        return changes
    before, after = (str(unit) if unit else None for unit in (changes["unit"].before, changes["unit"].after))
    return {**changes, "unit": Change(before, after)}
