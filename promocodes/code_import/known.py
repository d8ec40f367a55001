"""
Refuse codes that the file has twice or the deployment has already: set statements, in short transactions.

What is refused is found out outside of a transaction that writes: on SQLite everybody else would wait.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.db import connection, transaction

from advocate.lib import db
from advocate.lib.east_asian import full_name_sql
from jobs.models import Job, StagedRow
from promocodes.code_import.errors import KnownCode, KnownGivenCode, KnownReferralCode, RepeatedCode
from promocodes.code_import.reading import CODE
from promocodes.models import PromoCode, StagedCode

REFUSED_AT_ONCE: Final = 10_000
Values = Mapping[str, Any]

REPEATED: Final = """
    CREATE TEMPORARY TABLE repeated AS
    SELECT row_number() OVER (ORDER BY staged.row_no) AS n, staged.row_no, texts.first
    FROM (
        SELECT lower(text) AS folded, MIN(row_no) AS first FROM {staged}
        WHERE job_id = %(job)s AND state = 'good' GROUP BY lower(text) HAVING COUNT(*) > 1
    ) AS texts
    JOIN {staged} AS staged ON lower(staged.text) = texts.folded AND staged.row_no > texts.first
    WHERE staged.job_id = %(job)s AND staged.state = 'good'
"""
REFUSE_REPEATED: Final = """
    UPDATE {staged} AS staged
    SET state = 'refused', code = %(reason)s, "column" = %(column)s, found = staged.text, params = {params}
    FROM repeated
    WHERE repeated.n BETWEEN %(low)s AND %(high)s
        AND staged.job_id = %(job)s AND staged.row_no = repeated.row_no AND staged.state = 'good'
"""
KNOWN: Final = """
    CREATE TEMPORARY TABLE known AS
    SELECT row_number() OVER (ORDER BY staged.row_no) AS n, staged.row_no, promo.id AS promo_id
    FROM promocodes_stagedcode AS staged {join} promocodes_promocode AS promo
        ON lower(promo.code) = lower(staged.text)
    WHERE staged.job_id = %(job)s AND staged.state = 'good'
"""
KNOWN_BETWEEN: Final = "SELECT row_no, promo_id FROM known WHERE n BETWEEN %(low)s AND %(high)s"
# Where each known code is: in which batch of which program, and whose it is.
LOCATED: Final = f"""
    SELECT found.row_no, COALESCE(program.name, '') AS program, COALESCE(batch.name, '') AS batch,
        {{person}} AS person,
        CASE WHEN promo.state = {PromoCode.State.REFERRAL.value} THEN '{KnownReferralCode.code}'
            WHEN promo.participant_id IS NOT NULL THEN '{KnownGivenCode.code}' ELSE '{KnownCode.code}' END AS reason
    FROM ({{found}}) AS found
    JOIN promocodes_promocode AS promo ON promo.id = found.promo_id
    LEFT JOIN programs_referralcode AS referral
        ON promo.state = {PromoCode.State.REFERRAL.value} AND lower(referral.code) = lower(promo.code)
    LEFT JOIN promocodes_codepool AS pool ON pool.id = promo.pool_id
    LEFT JOIN promocodes_codebatch AS batch ON batch.id = promo.batch_id
    LEFT JOIN programs_program AS program ON program.id = COALESCE(pool.program_id, referral.program_id)
    LEFT JOIN programs_participant AS person ON person.id = COALESCE(promo.participant_id, referral.participant_id)
"""
REFUSE_KNOWN: Final = """
    UPDATE promocodes_stagedcode AS staged
    SET state = 'refused', code = located.reason, "column" = %(column)s, found = staged.text, params = {params}
    FROM ({located}) AS located
    WHERE staged.job_id = %(job)s AND staged.row_no = located.row_no AND staged.state = 'good'
"""


def refuse_repeated(job: Job, *, staged: type[StagedRow] = StagedCode) -> Iterator[None]:
    """Refuse each code that an earlier row has, naming that row."""
    table = staged._meta.db_table
    statement = REFUSE_REPEATED.format(staged=table, params=db.json_object("first"))
    values = {"job": job.pk, "reason": RepeatedCode.code, "column": CODE}
    yield from _refuse_listed("repeated", REPEATED.format(staged=table), statement, values)


def refuse_known(job: Job) -> Iterator[None]:
    """Refuse each code that the deployment has, saying where."""
    listing = KNOWN.format(join="JOIN" if db.is_postgres() else "CROSS JOIN")
    yield from _refuse_listed("known", listing, _refuse_found(KNOWN_BETWEEN), {"job": job.pk, "column": CODE})


def refuse_found(job: Job, found: str, values: Values) -> int:
    """
    Refuse the rows that a query gives with the ids of the codes they collide with, and return how many.

    The query gives ``row_no`` and ``promo_id``.
    """
    with connection.cursor() as cursor:
        cursor.execute(_refuse_found(found), {"job": job.pk, "column": CODE, **values})
        return int(cursor.rowcount)


def person_sql() -> str:
    """Return the SQL of what a participant is called whose row is joined as ``person``, or of nothing without one."""
    name = full_name_sql(first="person.first_name", last="person.last_name")
    called = f"COALESCE(NULLIF({name}, ''), NULLIF(person.email, ''), person.user_id)"
    return f"CASE WHEN person.id IS NULL THEN '' ELSE {called} END"


def _refuse_found(found: str) -> str:
    located = LOCATED.format(found=found, person=person_sql())
    return REFUSE_KNOWN.format(located=located, params=db.json_object("program", "batch", "person"))


def _refuse_listed(table: str, listing: str, statement: str, values: Values) -> Iterator[None]:
    """List the rows to refuse in a temporary table, and refuse a stretch of the list at a time."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        with db.sorting_memory():
            cursor.execute(listing, values)
        yield
        cursor.execute(f"CREATE INDEX {table}_n ON {table} (n)")
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        count = cursor.fetchone()[0]
        for low in range(1, count + 1, REFUSED_AT_ONCE):
            with transaction.atomic():
                cursor.execute(statement, {**values, "low": low, "high": low + REFUSED_AT_ONCE - 1})
            yield
        cursor.execute(f"DROP TABLE {table}")
