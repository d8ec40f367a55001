"""Make codes that nobody guesses and nobody has, exactly as many as were asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import connection, transaction

from advocate.lib import db
from advocate.lib.tabular import Cell
from jobs.models import Job, StagedRow
from jobs.staging import REASON_FIELDS
from jobs.types import Applied
from promocodes.code_import.adding import FOUND, Values, put_in
from promocodes.code_import.errors import TooFewCodes
from promocodes.code_import.known import KNOWN, REPEATED
from promocodes.code_import.patterns import COUNT, CodePattern, check_pattern
from promocodes.code_import.reading import CODE
from promocodes.models import CodePool, StagedCode

STAGED_AT_ONCE: Final = 20_000
READ_AT_ONCE: Final = 5_000
MOST_TRIES: Final = 200
GOOD: Final = str(StagedRow.State.GOOD)
RESULT_COLUMNS: Final = (CODE,)
REPLACE: Final = "UPDATE promocodes_stagedcode SET text = %s WHERE job_id = %s AND row_no = %s AND state = 'good'"

STAGED_ALREADY: Final = """
    SELECT lower(text) FROM promocodes_stagedcode
    WHERE job_id = %(job)s AND lower(text) IN (SELECT v0 FROM {listed} AS made)
"""
KNOWN_ALREADY: Final = """
    SELECT lower(code) FROM promocodes_promocode WHERE lower(code) IN (SELECT v0 FROM {listed} AS made)
"""


def stage_generated(job: Job) -> Iterator[int]:
    """
    Stage as many new codes as were asked for.

    :raises DomainError: if the pattern cannot be used
    """
    pattern, count = CodePattern.of(job.params), int(job.params[COUNT])
    pool = CodePool.objects.filter(program__key=job.params["program"]).first()
    check_pattern(pattern, count=count, kind=pool.kind if pool else CodePool.Kind.ONE_TIME)
    fields = (*REASON_FIELDS, "text")
    for low in range(1, count + 1, STAGED_AT_ONCE):
        high = min(low + STAGED_AT_ONCE - 1, count)
        codes = zip(range(low, high + 1), pattern.codes(high - low + 1), strict=True)
        with transaction.atomic():
            db.load_rows(StagedCode, fields, ((job.pk, n, GOOD, "", "", "", None, code) for n, code in codes))
        yield high
    db.analyze(StagedCode)
    while taken := _taken(job):
        for some in db.batches(taken, STAGED_AT_ONCE):
            with transaction.atomic():
                _replace(job, pattern, some)
            yield count


def add_generated(job: Job, low: int, high: int, at: datetime) -> Applied:
    """
    Put the codes of the rows from ``low`` to ``high`` into the pool, in the caller's transaction.

    A code that has come meanwhile from elsewhere is replaced by another, so that the count is exact.
    """
    return put_in(job, low, high, at, settle=partial(_replace_found, job))


def generated_rows(job: Job) -> Iterator[Sequence[Cell]]:
    """Yield the codes that were made."""
    rows = StagedCode.objects.filter(job=job, state="good").order_by("row_no").values_list("text")
    yield from rows.iterator(chunk_size=READ_AT_ONCE)


def _taken(job: Job) -> list[int]:
    """Return the rows whose codes an earlier row has, or the deployment; read outside of a writing transaction."""
    table = StagedCode._meta.db_table
    join = "JOIN" if db.is_postgres() else "CROSS JOIN"
    rows: set[int] = set()
    with connection.cursor() as cursor:
        for name, listing in (("repeated", REPEATED.format(staged=table)), ("known", KNOWN.format(join=join))):
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            with db.sorting_memory():
                cursor.execute(listing, {"job": job.pk})
            cursor.execute(f"SELECT row_no FROM {name}")
            rows.update(number for (number,) in cursor.fetchall())
            cursor.execute(f"DROP TABLE {name}")
    return sorted(rows)


def _replace_found(job: Job, values: Values) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FOUND.format(join="JOIN" if db.is_postgres() else "CROSS JOIN"), values)
        rows = [number for number, _promo_id in cursor.fetchall()]
    _replace(job, CodePattern.of(job.params), rows)
    return 0


def _replace(job: Job, pattern: CodePattern, rows: Sequence[int]) -> None:
    changes: list[list[Any]] = [
        [code, job.pk, number] for number, code in zip(rows, _fresh(job, pattern, len(rows)), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(REPLACE, changes)


def _fresh(job: Job, pattern: CodePattern, count: int) -> list[str]:
    """
    Return codes that neither the job nor the deployment has.

    :raises TooFewCodes: if hardly any of this form are left
    """
    fresh: dict[str, str] = {}
    tries = 0
    while len(fresh) < count:
        tries += 1
        if tries > MOST_TRIES:
            raise TooFewCodes(count=job.params[COUNT], needed=pattern.randoms + 1)
        made = {code.lower(): code for code in pattern.codes(count - len(fresh))}
        listed = json.dumps([[folded] for folded in made])
        with connection.cursor() as cursor:
            for query in (STAGED_ALREADY, KNOWN_ALREADY):
                values: dict[str, int | str] = {"job": job.pk, "folded": listed}
                cursor.execute(query.format(listed=db.listed("text").replace("%s", "%(folded)s")), values)
                for (folded,) in cursor.fetchall():
                    made.pop(folded, None)
        fresh.update(made)
    return list(fresh.values())
