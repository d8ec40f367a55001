"""Withdraw the codes of a stretch of rows, if they are still in stock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db import connection

from advocate.lib import clock, db
from advocate.lib.tabular import Cell
from jobs.models import Job, StagedRow
from jobs.types import Applied
from promocodes.code_import.reading import CODE
from promocodes.models import CodePool, StagedWithdrawal
from promocodes.wake import CHECK, wake_after_commit
from promocodes.withdrawal.matching import match_between
from team import audit
from team.audit import Actor, Change
from team.models import User

READ_AT_ONCE: Final = 5_000
RESULT_COLUMNS: Final = (CODE, "outcome")
WANTED: Final = """
    SELECT promo_code_id FROM promocodes_stagedwithdrawal
    WHERE job_id = %(job)s AND row_no BETWEEN %(low)s AND %(high)s AND state = 'good'
"""
# In the order of their ids; whoever gives codes at the same time skips these and never waits.
LOCK: Final = f"SELECT id FROM promocodes_promocode WHERE id IN ({WANTED}) ORDER BY id FOR NO KEY UPDATE"
WITHDRAW: Final = f"""
    UPDATE promocodes_promocode SET state = 3, withdrawn_at = %(at)s WHERE state = 0 AND id IN ({WANTED})
"""


class CodesGotAway(Exception):
    """Codes that were locked have changed: an error of ours."""


def withdraw_chunk(job: Job, low: int, high: int, at: datetime) -> Applied:
    """
    Withdraw the codes of the GOOD rows from ``low`` to ``high``, in the caller's transaction.

    A code that somebody has got since the preview is refused.
    """
    values = {"job": job.pk, "low": low, "high": high, "at": db.instant_param(at)}
    good = StagedWithdrawal.objects.filter(job=job, row_no__range=(low, high), state="good")
    before = good.count()
    with connection.cursor() as cursor:
        if db.is_postgres():
            cursor.execute(LOCK, values)
        match_between(job, low, high)
        after = good.count()
        cursor.execute(WITHDRAW, values)
        if cursor.rowcount != after:
            raise CodesGotAway(job.pk)
    return Applied(done=after, refused=before - after)


def note_withdrawal(job: Job) -> None:
    """Record who withdrew how many codes and why, and have the stock looked at."""
    pool = CodePool.objects.filter(program__key=job.params["program"]).first()
    if pool is None or not job.rows_done:
        return
    user = User.objects.filter(email__iexact=job.confirmed_by).first()
    by = Actor.of(user) if user else Actor(label=job.confirmed_by)
    changes = {"count": Change(None, job.rows_done), "reason": Change(None, job.params["reason"])}
    audit.record(by=by, action="promo_codes.withdrawn", target=pool, at=clock.now(), changes=changes)
    wake_after_commit(CHECK, pool.pk)


def withdrawn_rows(job: Job) -> Iterator[Sequence[Cell]]:
    """Yield what became of each code of a batch."""
    rows = StagedWithdrawal.objects.filter(job=job).order_by("row_no").values_list("text", "state", "code")
    for text, state, code in rows.iterator(chunk_size=READ_AT_ONCE):
        yield text, "withdrawn" if state == StagedRow.State.GOOD else code
