"""Refuse rows about a user whom an earlier row is about: what of the two is meant, nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import connection, transaction

from advocate.lib import db
from jobs.models import Job
from rewards.user_import.columns import USER
from rewards.user_import.errors import RepeatedUser

REFUSED_AT_ONCE: Final = 5_000
REPEATED: Final = """
    CREATE TEMPORARY TABLE repeated AS
    SELECT row_number() OVER (ORDER BY row_no) AS n, row_no, first FROM (
        SELECT row_no, MIN(row_no) OVER (PARTITION BY account_id, user_id) AS first FROM rewards_stageduser
        WHERE job_id = %s AND account_id <> '' AND user_id <> ''
    ) AS ids
    WHERE row_no > first
"""
REFUSE: Final = """
    UPDATE rewards_stageduser AS staged
    SET state = 'refused', code = %s, "column" = %s, found = staged.user_id, params = {params}
    FROM repeated
    WHERE repeated.n BETWEEN %s AND %s
        AND staged.job_id = %s AND staged.row_no = repeated.row_no AND staged.state <> 'refused'
"""


def refuse_repeats(job: Job) -> Iterator[None]:
    """Refuse every row about somebody whom an earlier row is about, naming that row; in short transactions."""
    statement = REFUSE.format(params=db.json_object("first"))
    with connection.cursor() as cursor:
        # Found out outside of a transaction that writes: on SQLite everybody else would wait.
        cursor.execute("DROP TABLE IF EXISTS repeated")
        with db.sorting_memory():
            cursor.execute(REPEATED, [job.pk])
        yield
        cursor.execute("SELECT COUNT(*) FROM repeated")
        count = cursor.fetchone()[0]
        for low in range(1, count + 1, REFUSED_AT_ONCE):
            with transaction.atomic():
                cursor.execute(statement, [RepeatedUser.code, USER, low, low + REFUSED_AT_ONCE - 1, job.pk])
            yield
        cursor.execute("DROP TABLE repeated")
