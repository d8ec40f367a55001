"""Say of rows that ask for more than there is what there is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from advocate.lib import db
from advocate.lib.errors import DomainError
from advocate.lib.money import format_amount
from rewards.balance_import.errors import MoreThanAvailable, NothingAvailable, OtherUnit, TakenMeanwhile
from rewards.balance_import.reading import UNIT, VALUE
from rewards.models import RewardUnit

AVAILABLE: Final = """CASE
    WHEN reward.status = 'AVAILABLE' AND (reward.date_expires IS NULL OR reward.date_expires > %s)
    THEN reward.amount - reward.redeemed ELSE 0 END"""
BALANCES_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Someone's balance and the amount that it does not hold, in the unit's smallest fraction."""

    participant_id: int
    unit_id: int
    amount: int
    available: int


def shortfall_reasons(shortfalls: Sequence[Shortfall], *, at: datetime) -> list[DomainError]:
    """Return the refusal of each, in two queries however many they are."""
    units = RewardUnit.objects.in_bulk()
    empty = {one.participant_id for one in shortfalls if not one.available}
    balances = _balances(empty, units, at) if empty else {}
    return [_reason(one, units[one.unit_id], balances) for one in shortfalls]


def losses(shortfalls: Sequence[Shortfall]) -> list[DomainError]:
    """Return the refusal of each of those whose balance held the amount when the file was checked."""
    units = RewardUnit.objects.in_bulk()
    return [_loss(one, units[one.unit_id]) for one in shortfalls]


def _loss(shortfall: Shortfall, unit: RewardUnit) -> DomainError:
    found, available = (format_amount(each, unit.exponent) for each in (shortfall.amount, shortfall.available))
    return TakenMeanwhile(column=VALUE, found=found, available=available, unit=unit.key)


def _reason(shortfall: Shortfall, unit: RewardUnit, balances: Mapping[int, Sequence[str]]) -> DomainError:
    found = format_amount(shortfall.amount, unit.exponent)
    if shortfall.available:
        available = format_amount(shortfall.available, unit.exponent)
        return MoreThanAvailable(column=VALUE, found=found, available=available, unit=unit.key)
    others = balances.get(shortfall.participant_id)
    if not others:
        return NothingAvailable(column=VALUE, found=found)
    return OtherUnit(column=UNIT, found=unit.key, unit=unit.key, balances=", ".join(others[:BALANCES_NAMED]))


def _balances(participants: set[int], units: Mapping[int, RewardUnit], at: datetime) -> dict[int, list[str]]:
    """Return what each of the participants has available, written as in a file: the reader's language comes later."""
    statement = f"""
        SELECT reward.participant_id, reward.unit_id, SUM({AVAILABLE}) FROM {db.listed("bigint")} AS asked
        JOIN rewards_reward AS reward ON reward.participant_id = v0 AND reward.type = 'CREDIT'
        GROUP BY reward.participant_id, reward.unit_id ORDER BY reward.participant_id, reward.unit_id
    """
    found: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [db.instant_param(at), json.dumps([[pk] for pk in sorted(participants)])])
        for participant_id, unit_id, available in cursor.fetchall():
            if available:
                unit = units[unit_id]
                text = f"{format_amount(int(available), unit.exponent)} {unit.key}"
                found.setdefault(participant_id, []).append(text)
    return found
