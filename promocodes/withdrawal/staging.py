"""Stage what is to be withdrawn: the rows of a file, or the codes of a batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from django.db import connection, transaction

from advocate.lib.tabular import TableRow
from jobs.models import Job
from jobs.staging import RowRefused, Source
from promocodes.code_import.reading import code_reader
from promocodes.models import CodeBatch

STAGED_AT_ONCE: Final = 20_000
STAGE: Final = """
    INSERT INTO promocodes_stagedwithdrawal
        (job_id, row_no, state, code, "column", found, text, promo_code_id)
    SELECT %(job)s, id - %(first)s + 1, 'good', '', '', '', code, id FROM promocodes_promocode
    WHERE id BETWEEN %(low)s AND %(high)s AND batch_id = %(batch)s
"""


def withdrawal_reader(source: Source) -> Callable[[TableRow], tuple[str, None]]:
    """Return the function that reads one row into its code, which the database finds later."""
    read_code = code_reader(source)

    def read(row: TableRow) -> tuple[str, None]:
        try:
            return (*read_code(row), None)
        except RowRefused as refusal:
            raise RowRefused(refusal.error, ("", None)) from None

    return read


def stage_batch(job: Job) -> Iterator[int]:
    """Stage every code of a batch, numbered from its first one."""
    batch = CodeBatch.objects.get(pk=job.params["batch"])
    first, last = batch.first_id or 0, batch.last_id or -1
    staged = 0
    for low in range(first, last + 1, STAGED_AT_ONCE):
        values = {"job": job.pk, "batch": batch.pk, "first": first, "low": low}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STAGE, {**values, "high": min(low + STAGED_AT_ONCE - 1, last)})
            staged += cursor.rowcount
        yield staged
