from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import connection, transaction

from advocate.lib import db
from jobs.models import Job
from rewards.balance_import.errors import RepeatedBalance
from rewards.balance_import.reading import USER

REFUSED_AT_ONCE: Final = 5_000

# Rows that are refused for another reason count, too: which of them is meant, nobody can tell.
REPEATED = """
    CREATE TEMPORARY TABLE repeated AS
    SELECT participant_id, unit_id, MIN(row_no) AS first, COUNT(*) AS times FROM rewards_stagedredemption
    WHERE job_id = %s AND state <> 'unchanged' AND participant_id IS NOT NULL AND unit_id IS NOT NULL
    GROUP BY participant_id, unit_id HAVING COUNT(*) > 1
"""
REFUSE = """
    UPDATE rewards_stagedredemption AS staged
    SET state = 'refused', code = %s, "column" = %s, found = staged.user_id, params = {params}
    FROM repeated
    WHERE staged.job_id = %s AND staged.row_no BETWEEN %s AND %s AND staged.state = 'good'
        AND staged.participant_id = repeated.participant_id AND staged.unit_id = repeated.unit_id
"""


def refuse_repeats(job: Job) -> Iterator[None]:
    """Refuse every row that redeems from a balance which another row redeems from, too; in short transactions."""
    with connection.cursor() as cursor:
        # Found out outside of a transaction that writes: on SQLite everybody else would wait.
        cursor.execute("DROP TABLE IF EXISTS repeated")
        cursor.execute(REPEATED, [job.pk])
        yield
        cursor.execute("SELECT COUNT(*) FROM repeated")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT MAX(row_no) FROM rewards_stagedredemption WHERE job_id = %s", [job.pk])
            yield from _refuse(job, cursor.fetchone()[0])
        cursor.execute("DROP TABLE repeated")


def _refuse(job: Job, last: int) -> Iterator[None]:
    statement = REFUSE.format(params=db.json_object("first", "times"))
    for low in range(0, last + 1, REFUSED_AT_ONCE):
        high = low + REFUSED_AT_ONCE - 1
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [RepeatedBalance.code, USER, job.pk, low, high])
        yield
