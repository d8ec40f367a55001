"""Debits: an amount taken from a balance, drawn from its rewards exactly as an import of balances draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction

from advocate.lib import db
from rewards.amounts import amount_text
from rewards.drawing import CHANGE, DRAWN, FOUND, SHARES
from rewards.models import LARGEST_AMOUNT, Reward, RewardUnit
from rewards.operations.errors import AmountNotPositive, BalanceTooSmall
from rewards.queries import available_of
from team.audit import Actor
from team.models import AuditEntry

WANTED: Final = """
    SELECT 1 AS row_no, id AS participant_id,
        CAST(%(unit)s AS bigint) AS unit_id, CAST(%(amount)s AS bigint) AS amount
    FROM programs_participant WHERE account_id = %(account)s {user}
"""
ENTER: Final = """
    INSERT INTO rewards_rewardentry (reward_id, participant_id, kind, amount, user_id, actor, key, note, at)
    SELECT id, participant_id, 'REDEMPTION', taken, %(by)s, %(actor)s, %(key)s || ':' || CAST(id AS varchar), '', %(at)s
    FROM drawn
"""
OUTCOME: Final = """
    SELECT id, redeemed, taken FROM drawn
    UNION ALL SELECT NULL, NULL, COALESCE(SUM(available), 0) FROM found
"""
# Why one statement and these locks: ``rewards.balance_import.allocation``, whose parts these are.
POSTGRES: Final = f"""
WITH wanted AS MATERIALIZED ({WANTED}),
found AS MATERIALIZED ({FOUND.format(join="JOIN")} ORDER BY reward.id FOR NO KEY UPDATE OF reward),
shares AS ({SHARES.format(total="SUM(available) OVER (PARTITION BY row_no)")}),
drawn AS MATERIALIZED ({DRAWN.format(least="LEAST")}),
changed AS ({CHANGE.format(on_error="")}),
entered AS ({ENTER})
{OUTCOME}
"""
HELD: Final = "(SELECT SUM(available) FROM temp.found)"
SQLITE: Final = (
    "DROP TABLE IF EXISTS temp.found",
    "DROP TABLE IF EXISTS temp.drawn",
    f"CREATE TEMPORARY TABLE found AS WITH wanted AS ({WANTED}) {FOUND.format(join='CROSS JOIN')}",
    f"CREATE TEMPORARY TABLE drawn AS WITH shares AS ({SHARES.format(total=HELD)}) {DRAWN.format(least='MIN')}",
    CHANGE.format(on_error=""),
    ENTER,
    OUTCOME,
)


@dataclass(frozen=True, slots=True)
class Debit:
    """What was taken, and what the account has left of the unit."""

    redeemed: int
    available: int


@transaction.atomic
def debit_balance(
    *, account_id: str, user_id: str | None = None, unit: RewardUnit, amount: int, key: str, by: Actor, at: datetime
) -> Debit:
    """
    Take an amount from what an account, or one of its users, has available of a unit.

    ``key`` names the request that asks for it: each entry of the ledger has it, followed by the reward.

    :raises AmountNotPositive: if there is nothing to take
    :raises BalanceTooSmall: if less is available; nothing is changed then
    """
    if amount < 1:
        raise AmountNotPositive
    wanted = min(amount, LARGEST_AMOUNT + 1)  # more than the database counts is more than there is
    values = {
        "account": account_id,
        "user_id": user_id,
        "unit": unit.pk,
        "amount": wanted,
        "by": by.user_id,
        "actor": "" if by.user_id else by.label,
        "key": key,
        "at": db.instant_param(at),
    }
    *drawn, (_id, _redeemed, found) = _draw(values)
    if not drawn:
        raise BalanceTooSmall(left=amount_text(found, unit), amount=amount_text(wanted, unit))
    _record(drawn, by=by, at=at)
    left = found - amount
    if user_id is not None:
        left = available_of(account_id=account_id, unit=unit, at=at)
    return Debit(redeemed=amount, available=left)


def _draw(values: dict[str, Any]) -> list[tuple[int, int, int]]:
    """Return each reward drawn, with what was redeemed of it before and what was taken; last, all that was found."""
    one = "AND user_id = %(user_id)s" if values["user_id"] is not None else ""
    statements = [POSTGRES] if db.is_postgres() else SQLITE
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.replace("{user}", one), values)
        rows = cursor.fetchall()
    # PostgreSQL adds up whole numbers to a decimal.
    return sorted(((row[0], row[1], int(row[2])) for row in rows), key=lambda row: row[0] is None)


def _record(drawn: Sequence[tuple[int, int, int]], *, by: Actor, at: datetime) -> None:
    """Write for each reward drawn the entry of the audit list that redeeming from it alone would write."""
    names = {reward.pk: str(reward) for reward in Reward.objects.filter(pk__in=[row[0] for row in drawn])}
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=at,
            user_id=by.user_id,
            actor=by.label,
            action="reward.redeemed",
            object_type=Reward._meta.label_lower,
            object_id=str(pk),
            object_label=names[pk][:255],
            changes={"redeemed": [before, before + taken]},
        )
        for pk, before, taken in drawn
    )
