"""Filling the sets of many advocates by set statements, a short transaction each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from jobs.models import Job
from jobs.types import Applied
from promocodes.give_codes.staging import pool_of
from promocodes.models import CodeHolder, CodePool
from promocodes.operations.holders import what_sets_lack
from promocodes.operations.serving import give_to
from promocodes.wake import SERVE, wake_after_commit

GIVEN: Final = "given"
WAITING: Final = "waiting"
NOTED_AT_ONCE: Final = 500

STAGED: Final = """
    FROM promocodes_stagedset AS staged
    JOIN programs_participant AS participant ON participant.id = staged.participant_id
    {joins}
    WHERE staged.job_id = %(job)s AND staged.row_no BETWEEN %(low)s AND %(high)s AND staged.state = 'good'
        AND participant.date_blocked IS NULL
"""
ADD: Final = f"""
    INSERT INTO promocodes_codeholder (pool_id, participant_id, joined_at)
    SELECT %(pool)s, staged.participant_id, %(at)s {STAGED.format(joins="")}
    ORDER BY staged.participant_id ON CONFLICT (pool_id, participant_id) DO NOTHING
"""
OF_POOL: Final = """
    JOIN promocodes_codeholder AS holder
        ON holder.pool_id = %(pool)s AND holder.participant_id = staged.participant_id
"""
LOCK: Final = f"SELECT holder.id {STAGED.format(joins=OF_POOL)} ORDER BY holder.id"


def give_chunk(job: Job, low: int, high: int, at: datetime) -> Applied:
    """
    Fill the sets of the advocates staged from ``low`` to ``high``, in the caller's transaction.

    A set that is full is given nothing, so that a chunk may run again. Who gets too little waits in the queue, behind
    those who wait already.
    """
    pool = pool_of(job)
    holders = _lock_holders(job, pool, low, high, at)
    lacks = what_sets_lack(holders, codes_each=pool.codes_each, at=at)
    given = 0
    short: Sequence[int] = [lack.holder_id for lack in lacks if lack.lacking]
    if pool.name_pattern or not CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False).exists():
        result = give_to(pool=pool, lacks=lacks, at=at)
        given, short = result.codes, result.short
    _queue(short, at)
    return Applied(done=_count_good(job, low, high), totals={GIVEN: given, WAITING: len(short)})


def look_after(job: Job) -> None:
    """Have the queue served and the stock looked at when the sets are given."""
    wake_after_commit(SERVE, job.params["pool"])


def _lock_holders(job: Job, pool: CodePool, low: int, high: int, at: datetime) -> list[int]:
    values: dict[str, Any] = {"job": job.pk, "pool": pool.pk, "low": low, "high": high, "at": db.instant_param(at)}
    with connection.cursor() as cursor:
        cursor.execute(ADD, values)
        cursor.execute(f"{LOCK} FOR NO KEY UPDATE OF holder" if db.is_postgres() else LOCK, values)
        return [row[0] for row in cursor.fetchall()]


def _queue(short: Sequence[int], at: datetime) -> None:
    for ids in db.batches(short, NOTED_AT_ONCE):
        CodeHolder.objects.filter(pk__in=ids, waiting_since__isnull=True).update(waiting_since=at)


def _count_good(job: Job, low: int, high: int) -> int:
    with connection.cursor() as cursor:
        counted = """
            SELECT COUNT(*) FROM promocodes_stagedset
            WHERE job_id = %s AND row_no BETWEEN %s AND %s AND state = 'good'
        """
        cursor.execute(counted, [job.pk, low, high])
        return int(cursor.fetchone()[0])
