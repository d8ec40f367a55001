"""
Give back what an import redeemed: set statements over a stretch of staged rows.

Each entry that is not reversed yet gets its reversal, and its reward the status it would have had: a fully redeemed one
is AVAILABLE again, or EXPIRED if its date has passed; a cancelled or expired one stays so, with less redeemed. So does
``rewards.operations.reverse_redemption`` for a single entry. A row that was reversed in part gives back the rest; one
that was reversed wholly is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from jobs.models import Job
from jobs.staging import Refusal, refuse_each
from jobs.types import Applied
from rewards.models import RewardUnit, StagedReversal
from rewards.undo.errors import AlreadyReversed

WANTED: Final = """
    SELECT row_no, participant_id, unit_id FROM rewards_stagedreversal
    WHERE job_id = %(job)s AND row_no BETWEEN %(low)s AND %(high)s AND state = 'good'
"""
# By way of the rewards, as the ledger has no index by import.
ENTRIES: Final = """
    SELECT entry.id, entry.reward_id, entry.participant_id, entry.amount, wanted.row_no, wanted.unit_id
    FROM wanted
    {join} rewards_reward AS reward
        ON reward.participant_id = wanted.participant_id AND reward.unit_id = wanted.unit_id
    {join} rewards_rewardentry AS entry
        ON entry.reward_id = reward.id AND entry.job_id = %(undone)s AND entry.row_number = wanted.row_no
            AND entry.kind = 'REDEMPTION'
    WHERE NOT EXISTS (SELECT 1 FROM rewards_rewardentry AS reversal WHERE reversal.reverses_id = entry.id)
"""
LOCK: Final = f"""
    WITH wanted AS MATERIALIZED ({WANTED})
    SELECT reward.id FROM wanted
    JOIN rewards_reward AS reward
        ON reward.participant_id = wanted.participant_id AND reward.unit_id = wanted.unit_id
    ORDER BY reward.id FOR NO KEY UPDATE OF reward
"""
ENTER: Final = """
    INSERT {on_error} INTO rewards_rewardentry
        (reward_id, participant_id, kind, amount, reverses_id, job_id, row_number, user_id, actor, note, at)
    SELECT reward_id, participant_id, 'REVERSAL', amount, id, %(job)s, row_no, %(user)s, '', %(note)s, %(at)s
    FROM entries ORDER BY {order}
"""
GIVE_BACK: Final = """
    UPDATE {on_error} rewards_reward AS reward SET
        redeemed = reward.redeemed - back.amount,
        status = CASE
            WHEN reward.status <> 'REDEEMED' THEN reward.status
            WHEN reward.date_expires <= %(at)s THEN 'EXPIRED'
            ELSE 'AVAILABLE' END,
        date_redeemed = NULL,
        updated_at = %(at)s
    FROM (SELECT reward_id, SUM(amount) AS amount FROM entries GROUP BY reward_id) AS back
    WHERE reward.id = back.reward_id
"""
OUTCOME: Final = """
    SELECT wanted.unit_id, NULL, COUNT(DISTINCT wanted.row_no), SUM(entries.amount)
    FROM wanted JOIN entries ON entries.row_no = wanted.row_no GROUP BY wanted.unit_id
    UNION ALL
    SELECT wanted.unit_id, wanted.row_no, 0, 0 FROM wanted
    WHERE NOT EXISTS (SELECT 1 FROM entries WHERE entries.row_no = wanted.row_no)
"""
POSTGRES: Final = f"""
    WITH wanted AS MATERIALIZED ({WANTED}),
    entries AS MATERIALIZED ({ENTRIES.format(join="JOIN")}),
    entered AS ({ENTER.format(on_error="", order="id")}),
    given_back AS ({GIVE_BACK.format(on_error="")})
    {OUTCOME}
"""
# As in applying: all that needs no lock first, and OR FAIL, as the error undoes the transaction anyhow. In the order of
# the rewards, each page of the indexes by reward is changed once.
SQLITE_WORK_OUT: Final = (
    "DROP TABLE IF EXISTS temp.wanted",
    "DROP TABLE IF EXISTS temp.entries",
    f"CREATE TEMPORARY TABLE wanted AS {WANTED}",
    f"CREATE TEMPORARY TABLE entries AS {ENTRIES.format(join='CROSS JOIN')} ORDER BY entry.reward_id",
    "CREATE INDEX temp.entries_of_row ON entries (row_no)",
)
SQLITE_REVERSED: Final = """
    SELECT EXISTS (
        SELECT 1 FROM entries CROSS JOIN rewards_rewardentry AS reversal ON reversal.reverses_id = entries.id
    )
"""
SQLITE_GIVE_BACK: Final = (
    ENTER.format(on_error="OR FAIL", order="reward_id"),
    GIVE_BACK.format(on_error="OR FAIL"),
    OUTCOME,
)


def reverse_chunk(job: Job, low: int, high: int, at: datetime) -> Applied:
    """
    Reverse what the undone import redeemed by its rows from ``low`` to ``high``, in the caller's transaction.

    A row that somebody reversed meanwhile is refused.
    """
    return prepare_reversing(job, low, high, at)(at)


def prepare_reversing(job: Job, low: int, high: int, _at: datetime) -> Callable[[datetime], Applied]:
    """
    Return the function that does what :func:`reverse_chunk` does.

    On SQLite, where everybody else waits for its transaction, what is to be reversed is found here, before it.
    """
    values = {
        "job": job.pk,
        "undone": job.undoes_id,
        "low": low,
        "high": high,
        "user": job.requester_id,
        "note": job.params.get("reason", ""),
    }
    if not db.is_postgres():
        _work_out(values)

    def reverse(at: datetime) -> Applied:
        return _applied(job, _reverse({**values, "at": db.instant_param(at)}))

    return reverse


def _applied(job: Job, rows: Sequence[tuple[Any, ...]]) -> Applied:
    done = [row for row in rows if row[1] is None]
    refusals = [Refusal(row[1], AlreadyReversed()) for row in rows if row[1] is not None]
    keys = dict(RewardUnit.objects.values_list("id", "key"))
    return Applied(
        done=sum(count for _unit, _row, count, _amount in done),
        refused=refuse_each(job, StagedReversal, refusals),
        totals={keys[unit_id]: int(amount) for unit_id, _row, _count, amount in done},
    )


def _work_out(values: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in SQLITE_WORK_OUT:
            cursor.execute(statement, values)


def _reverse(values: Mapping[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        if db.is_postgres():
            cursor.execute("SET LOCAL random_page_cost = 1.1")
            # First of all the rewards, in the order of their ids: whoever reverses one of the entries meanwhile waits
            # for its reward, so that the next statement sees all reversals that there are.
            cursor.execute(LOCK, values)
            cursor.execute(POSTGRES, values)
        else:
            cursor.execute(SQLITE_REVERSED)
            if cursor.fetchone()[0]:
                _work_out(values)
            for statement in SQLITE_GIVE_BACK:
                cursor.execute(statement, values)
        return list(cursor.fetchall())
