"""
Put checked codes into their pool: one set statement for each chunk, sorted, which is quickest for the index of codes.

A chunk commits together with the job's progress, so whoever goes on after a kill never meets codes of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest, Least

from advocate.lib import clock, db
from jobs.models import Job
from jobs.types import Applied
from promocodes.code_import.batches import batch_of
from promocodes.code_import.known import refuse_found
from promocodes.code_import.preview import KNOWN
from promocodes.models import CodeBatch, CodePool
from promocodes.operations import codes_arrived

ATTEMPTS: Final = 5
WHOLE_UPLOADS: Final = 4005
Values = Mapping[str, Any]

WANTED: Final = """
    FROM promocodes_stagedcode
    WHERE job_id = %(job)s AND row_no BETWEEN %(low)s AND %(high)s AND state = 'good'
"""
INSERT: Final = f"""
    INSERT INTO promocodes_promocode
        (pool_id, batch_id, code, state, is_multi_use, is_extra, use_count, expires_at)
    SELECT %(pool)s, %(batch)s, text, 0, %(multi_use)s, FALSE, 0, {{expires}} {WANTED}
    ORDER BY lower(text)
"""
UNLESS_THERE: Final = "ON CONFLICT (lower(code)) DO NOTHING"
COUNTED: Final = "WITH added AS ({insert} RETURNING id) SELECT COUNT(*), MIN(id), MAX(id) FROM added"
# Those of the chunk that somebody else has put in since they were checked.
FOUND: Final = """
    SELECT staged.row_no, promo.id AS promo_id
    FROM promocodes_stagedcode AS staged {join} promocodes_promocode AS promo
        ON lower(promo.code) = lower(staged.text)
    WHERE staged.job_id = %(job)s AND staged.row_no BETWEEN %(low)s AND %(high)s AND staged.state = 'good'
        AND COALESCE(promo.batch_id, 0) <> %(batch)s
"""


class CodesKeptChanging(Exception):
    """Codes of a chunk came and went while it was put in; the job tries again."""


@dataclass(frozen=True, slots=True)
class Added:
    """How many codes a statement has put in, and between which ids they are."""

    count: int
    first: int | None = None
    last: int | None = None


def add_chunk(job: Job, low: int, high: int, at: datetime) -> Applied:
    """
    Put the codes of the job's GOOD rows from ``low`` to ``high`` into the pool, in the caller's transaction.

    A code that somebody else has put in meanwhile is refused.
    """
    return put_in(job, low, high, at, settle=partial(_refuse_taken, job))


def put_in(job: Job, low: int, high: int, at: datetime, *, settle: Callable[[Values], int]) -> Applied:
    """
    Put codes into the pool until each of the chunk's GOOD rows is in or refused.

    ``settle`` deals with the rows whose code somebody else has put in, and returns how many of them it has refused.
    """
    values = {"job": job.pk, "low": low, "high": high}
    wanted = _count_wanted(values)
    earlier = dict(job.totals) if not job.next_row and not low else {}
    if not wanted:
        return Applied(0, totals=earlier)
    batch = batch_of(job, at=at)
    if job.all_or_nothing:
        # From here to the end of the whole job, so that two such jobs do not wait for each other's codes.
        db.take_turns(WHOLE_UPLOADS, batch.pool_id)
    values |= {"pool": batch.pool_id, "batch": batch.pk, "multi_use": batch.pool.kind == CodePool.Kind.MULTI_USE}
    done = refused = 0
    for _attempt in range(ATTEMPTS):
        added = _insert(values, batch.expires_at)
        _widen(batch, added)
        done += added.count
        refused += settle(values) if done + refused < wanted else 0
        if done + refused == wanted:
            return Applied(done, refused, {**earlier, KNOWN: earlier.get(KNOWN, 0) + refused})
    raise CodesKeptChanging(job.pk)


def announce(job: Job) -> None:
    """Have those served who wait for the codes that have come, once the caller's transaction is committed."""
    batch = CodeBatch.objects.select_related("pool").filter(job=job).first()
    if batch is not None:
        codes_arrived(pool=batch.pool, at=clock.now())


def _count_wanted(values: Values) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) {WANTED}", values)
        return int(cursor.fetchone()[0])


def _insert(values: Values, expires_at: datetime | None) -> Added:
    values = {**values, "expires": None if expires_at is None else db.instant_param(expires_at)}
    with connection.cursor() as cursor:
        if db.is_postgres():
            cursor.execute("SET LOCAL work_mem = '64MB'")
            return _insert_on_postgres(cursor, values)
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM promocodes_promocode")
        before = cursor.fetchone()[0]
        cursor.execute(f"{INSERT.format(expires='%(expires)s')} {UNLESS_THERE}", values)
        count = cursor.rowcount
        cursor.execute("SELECT MIN(id), MAX(id) FROM promocodes_promocode WHERE id > %s", [before])
        return Added(count, *cursor.fetchone())


def _insert_on_postgres(cursor: Any, values: Values) -> Added:
    """
    Put the codes in plainly, and only if one of them is there after all, leave out those.

    Looking for each before it goes in was measured to take twice as long, and the codes were checked a moment ago.
    """
    insert = INSERT.format(expires="%(expires)s::timestamptz")
    try:
        with transaction.atomic():
            cursor.execute(COUNTED.format(insert=insert), values)
    except IntegrityError:
        cursor.execute(COUNTED.format(insert=f"{insert} {UNLESS_THERE}"), values)
    return Added(*cursor.fetchone())


def _widen(batch: CodeBatch, added: Added) -> None:
    if not added.count:
        return
    reach = {
        "first_id": Least(Coalesce(F("first_id"), added.first), added.first),
        "last_id": Greatest(Coalesce(F("last_id"), added.last), added.last),
    }
    CodeBatch.objects.filter(pk=batch.pk).update(code_count=F("code_count") + added.count, **reach)
    # Last of all, as everybody who adds codes to the pool waits for this row.
    CodePool.objects.filter(pk=batch.pool_id).update(**reach)


def _refuse_taken(job: Job, values: Values) -> int:
    return refuse_found(job, FOUND.format(join="JOIN" if db.is_postgres() else "CROSS JOIN"), values)
