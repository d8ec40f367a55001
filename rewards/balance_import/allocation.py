"""
Which rewards an import draws, and by how much: set statements over a stretch of staged rows.

The rewards of a row's participant and unit are drawn by ``date_expires`` (none comes last), then ``date_given``, then
id, the last one partly; a row that asks for more than there is draws nothing. That no two rows of a job ask the same
balance is what ``refuse_repeats`` has seen to: two of them would be given the same rewards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from jobs.models import Job
from rewards.balance_import.shortfalls import Shortfall
from rewards.drawing import CHANGE, DRAWN, FOUND, SHARES


@dataclass(frozen=True, slots=True)
class DrawnUnit:
    """What was drawn of one unit: the rows done, and the amount in the unit's smallest fraction."""

    unit_id: int
    rows: int
    amount: int


@dataclass(frozen=True, slots=True)
class ShortRow:
    """A row that drew nothing because its balance holds too little."""

    row_no: int
    shortfall: Shortfall


@dataclass(frozen=True, slots=True)
class Drawing:
    """What became of a stretch of rows."""

    units: Sequence[DrawnUnit]
    short: Sequence[ShortRow]


WANTED: Final = """
    SELECT row_no, participant_id, unit_id, amount FROM rewards_stagedredemption
    WHERE job_id = %(job)s AND row_no BETWEEN %(low)s AND %(high)s AND state = 'good'
"""

ENTER: Final = """
    INSERT {on_error} INTO rewards_rewardentry
        (reward_id, participant_id, kind, amount, job_id, row_number, user_id, actor, note, at)
    SELECT id, participant_id, 'REDEMPTION', taken, %(job)s, row_no, %(user)s, '', '', %(at)s FROM drawn
"""
# By unit how many rows drew and how much (the first reward of each row has nothing before it); then the rows that did
# not draw, with what there was.
OUTCOME: Final = """
    SELECT unit_id, NULL, NULL, COUNT(CASE WHEN before = 0 THEN 1 END), SUM(taken) FROM drawn GROUP BY unit_id
    UNION ALL
    SELECT wanted.unit_id, wanted.row_no, wanted.participant_id, wanted.amount, COALESCE(had.total, 0)
    FROM wanted LEFT JOIN (SELECT row_no, SUM(available) AS total FROM found GROUP BY row_no) AS had
        ON had.row_no = wanted.row_no
    WHERE had.total IS NULL OR had.total < wanted.amount
"""

# One statement: whoever draws the same rewards at the same time waits at ``found``, which locks in the order of ids so
# that nobody waits in a circle, and reads what the other left. MATERIALIZED keeps the planner from doing a part twice.
POSTGRES: Final = f"""
WITH wanted AS MATERIALIZED ({WANTED}),
found AS MATERIALIZED ({FOUND.format(join="JOIN")} ORDER BY reward.id FOR NO KEY UPDATE OF reward),
shares AS ({SHARES.format(total="SUM(available) OVER (PARTITION BY row_no)")}),
drawn AS MATERIALIZED ({DRAWN.format(least="LEAST")}),
changed AS ({CHANGE.format(on_error="")}),
entered AS ({ENTER.format(on_error="")})
{OUTCOME}
"""

# The same in steps, as SQLite changes nothing inside of WITH. CROSS JOIN keeps it from going through all rewards. OR
# FAIL spares it a copy of each page for undoing a statement that fails: the error undoes the transaction anyhow.
# A second window would have it sort everything once more, hence ``held``.
HELD: Final = "(SELECT held.total FROM temp.held WHERE held.row_no = found.row_no)"
SQLITE_WORK_OUT: Final = (
    "DROP TABLE IF EXISTS temp.wanted",
    "DROP TABLE IF EXISTS temp.found",
    "DROP TABLE IF EXISTS temp.held",
    "DROP TABLE IF EXISTS temp.drawn",
    f"CREATE TEMPORARY TABLE wanted AS {WANTED}",
    f"CREATE TEMPORARY TABLE found AS {FOUND.format(join='CROSS JOIN')}",
    "CREATE TEMPORARY TABLE held (row_no integer PRIMARY KEY, total integer)",
    "INSERT INTO temp.held SELECT row_no, SUM(available) FROM found GROUP BY row_no",
    f"CREATE TEMPORARY TABLE drawn AS WITH shares AS ({SHARES.format(total=HELD)}) {DRAWN.format(least='MIN')}",
)
SQLITE_CHANGED: Final = """
    SELECT (SELECT COUNT(*) FROM drawn) > COUNT(*) FROM drawn
    CROSS JOIN rewards_reward AS reward ON reward.id = drawn.id
    WHERE reward.status = 'AVAILABLE' AND reward.redeemed = drawn.redeemed
        AND reward.amount = drawn.redeemed + drawn.available
        AND (reward.date_expires IS NULL OR reward.date_expires > %(at)s)
"""
SQLITE_DRAW: Final = (
    CHANGE.format(on_error="OR FAIL"),
    ENTER.format(on_error="OR FAIL"),
    OUTCOME,
)


def draw_rewards(*, job: Job, low: int, high: int, at: datetime) -> Drawing:
    """
    Redeem what the job's GOOD rows from ``low`` to ``high`` ask for, and say what was drawn and which rows were short.

    To be called in the transaction that also moves the job on.
    """
    return prepare_drawing(job=job, low=low, high=high, at=at)(at)


def prepare_drawing(*, job: Job, low: int, high: int, at: datetime) -> Callable[[datetime], Drawing]:
    """
    Return the function that does what :func:`draw_rewards` does, for the transaction that also moves the job on.

    On SQLite, where everybody else waits for that transaction, half of the work is done here, before it.
    """
    values = {"job": job.pk, "low": low, "high": high, "user": job.requester_id}
    if db.is_postgres():
        return partial(_draw_on_postgres, values)
    _work_out(values, at)
    return partial(_draw_on_sqlite, values)


def _draw_on_postgres(values: Mapping[str, Any], at: datetime) -> Drawing:
    with connection.cursor() as cursor:
        # At its default of 4 the planner overrates a chunk's index look-ups and reads whole tables for each.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        cursor.execute(POSTGRES, {**values, "at": db.instant_param(at)})
        return _drawing(cursor.fetchall())


def _work_out(values: Mapping[str, Any], at: datetime) -> None:
    with connection.cursor() as cursor:
        for statement in SQLITE_WORK_OUT:
            cursor.execute(statement, {**values, "at": db.instant_param(at)})


def _draw_on_sqlite(values: Mapping[str, Any], at: datetime) -> Drawing:
    with connection.cursor() as cursor:
        cursor.execute(SQLITE_CHANGED, {"at": db.instant_param(at)})
        if cursor.fetchone()[0]:
            _work_out(values, at)
        for statement in SQLITE_DRAW:
            cursor.execute(statement, {**values, "at": db.instant_param(at)})
        return _drawing(cursor.fetchall())


def _drawing(outcome: Sequence[tuple[Any, ...]]) -> Drawing:
    units = [DrawnUnit(row[0], row[3], int(row[4])) for row in outcome if row[1] is None]
    short = [ShortRow(row[1], Shortfall(row[2], row[0], row[3], int(row[4]))) for row in outcome if row[1] is not None]
    return Drawing(units, short)
