"""Prove the ledger: the counters of rewards and of imports against the entries, in sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from jobs.models import Job
from rewards.models import RewardUnit

LISTED: Final = 1_000
SIGNED: Final = "CASE entry.kind WHEN 'REDEMPTION' THEN entry.amount ELSE -entry.amount END"

REWARDS: Final = f"""
    SELECT reward.public_id, reward.redeemed, COALESCE(entered.amount, 0)
    FROM rewards_reward AS reward
    LEFT JOIN (
        SELECT entry.reward_id, SUM({SIGNED}) AS amount FROM rewards_rewardentry AS entry GROUP BY entry.reward_id
    ) AS entered ON entered.reward_id = reward.id
    WHERE reward.redeemed <> COALESCE(entered.amount, 0)
    ORDER BY reward.id LIMIT {LISTED}
"""
REVERSALS: Final = f"""
    SELECT reward.public_id, entry.amount, reversal.amount
    FROM rewards_rewardentry AS reversal
    JOIN rewards_rewardentry AS entry ON entry.id = reversal.reverses_id
    JOIN rewards_reward AS reward ON reward.id = reversal.reward_id
    WHERE reversal.amount <> entry.amount OR reversal.reward_id <> entry.reward_id OR entry.kind <> 'REDEMPTION'
    ORDER BY reversal.id LIMIT {LISTED}
"""
# A row of an import draws one unit, so that rows counted by unit add up to the rows done.
IMPORTS: Final = """
    SELECT drawn.job_id, drawn.unit_id, COUNT(*), SUM(drawn.amount) FROM (
        SELECT entry.job_id, entry.row_number, reward.unit_id, SUM(entry.amount) AS amount
        FROM rewards_rewardentry AS entry JOIN rewards_reward AS reward ON reward.id = entry.reward_id
        WHERE entry.job_id IS NOT NULL
        GROUP BY entry.job_id, entry.row_number, reward.unit_id
    ) AS drawn
    GROUP BY drawn.job_id, drawn.unit_id
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two figures that should be the same: what a counter says, and what the entries add up to."""

    kind: str
    id: str
    what: str
    counted: int
    entered: int


@dataclass(frozen=True, slots=True)
class _Entered:
    rows: int
    totals: Mapping[str, int]


def find_differences(*, types: Sequence[str]) -> list[Difference]:
    """
    Compare every reward and every import of these types with the ledger, at one instant; up to 1,000 of each kind.

    An import that is under way agrees, too: its counters move with its entries.
    """
    with db.snapshot():
        return [
            *(_difference("reward", "redeemed", row) for row in _rows(REWARDS)),
            *(_difference("reversal", "amount", row) for row in _rows(REVERSALS)),
            *_import_differences(types),
        ]


def _rows(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def _difference(kind: str, what: str, row: tuple[Any, ...]) -> Difference:
    public_id, counted, entered = row
    return Difference(kind=kind, id=public_id, what=what, counted=int(counted), entered=int(entered))


def _import_differences(types: Sequence[str]) -> list[Difference]:
    entered = _entered_by_job()
    jobs = Job.objects.filter(type__in=types, kind=Job.Kind.IMPORT, confirmed_at__isnull=False).order_by("id")
    found: list[Difference] = []
    for job in jobs.iterator():
        found += _differences_of(job, entered.pop(job.pk, _Entered(0, {})))
    found += [Difference("import", str(job_id), "rows", 0, orphan.rows) for job_id, orphan in entered.items()]
    return found[:LISTED]


def _entered_by_job() -> dict[int, _Entered]:
    keys = dict(RewardUnit.objects.values_list("id", "key"))
    rows: dict[int, int] = {}
    totals: dict[int, dict[str, int]] = {}
    for job_id, unit_id, count, amount in _rows(IMPORTS):
        rows[job_id] = rows.get(job_id, 0) + int(count)
        totals.setdefault(job_id, {})[keys[unit_id]] = int(amount)
    return {job_id: _Entered(count, totals[job_id]) for job_id, count in rows.items()}


def _differences_of(job: Job, entered: _Entered) -> list[Difference]:
    found = []
    if job.rows_done != entered.rows:
        found.append(Difference("import", job.public_id, "rows", job.rows_done, entered.rows))
    said = job.totals if job.rows_done else {}  # before a row is done, they are what the preview expects
    for unit in sorted({*said, *entered.totals}):
        counted, sum_of_entries = said.get(unit, 0), entered.totals.get(unit, 0)
        if counted != sum_of_entries:
            found.append(Difference("import", job.public_id, unit, counted, sum_of_entries))
    return found
