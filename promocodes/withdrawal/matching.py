"""Find the codes that are to be withdrawn, and refuse those that are not in stock, with whom they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Max

from advocate.lib import db
from jobs.models import Job
from promocodes.code_import.known import person_sql, refuse_repeated
from promocodes.code_import.reading import CODE
from promocodes.models import CodePool, PromoCode, StagedWithdrawal
from promocodes.withdrawal.errors import (
    ExpiredCode,
    FallbackCode,
    GivenCode,
    OtherProgram,
    ReferralCodeKept,
    UnknownCode,
    UsedCode,
    WithdrawnCode,
)

MATCHED_AT_ONCE: Final = 20_000
State = PromoCode.State
REASONS: Final = (
    (State.ASSIGNED, GivenCode),
    (State.USED, UsedCode),
    (State.WITHDRAWN, WithdrawnCode),
    (State.EXPIRED, ExpiredCode),
    (State.SHARED, FallbackCode),
)
REASON: Final = f"""
    CASE WHEN promo.id IS NULL THEN '{UnknownCode.code}'
        WHEN promo.state = {State.REFERRAL.value} THEN '{ReferralCodeKept.code}'
        WHEN promo.pool_id <> %(pool)s THEN '{OtherProgram.code}'
        {" ".join(f"WHEN promo.state = {state.value} THEN '{error.code}'" for state, error in REASONS)}
        ELSE '' END
"""
MATCH: Final = f"""
    UPDATE promocodes_stagedwithdrawal AS staged
    SET promo_code_id = found.promo_id, code = found.reason,
        state = CASE WHEN found.reason = '' THEN 'good' ELSE 'refused' END,
        "column" = CASE WHEN found.reason = '' THEN '' ELSE %(column)s END,
        found = CASE WHEN found.reason = '' THEN '' ELSE staged.text END,
        params = CASE WHEN found.reason = '' THEN NULL ELSE {{params}} END
    FROM (
        SELECT wanted.row_no, promo.id AS promo_id, {REASON} AS reason, {{person}} AS person,
            COALESCE(program.name, '') AS program
        FROM promocodes_stagedwithdrawal AS wanted
        LEFT JOIN promocodes_promocode AS promo ON lower(promo.code) = lower(wanted.text)
        LEFT JOIN programs_referralcode AS referral
            ON promo.state = {State.REFERRAL.value} AND lower(referral.code) = lower(promo.code)
        LEFT JOIN promocodes_codepool AS pool ON pool.id = promo.pool_id
        LEFT JOIN programs_program AS program ON program.id = COALESCE(pool.program_id, referral.program_id)
        LEFT JOIN programs_participant AS person
            ON person.id = COALESCE(promo.participant_id, referral.participant_id)
        WHERE wanted.job_id = %(job)s AND wanted.row_no BETWEEN %(low)s AND %(high)s AND wanted.state = 'good'
    ) AS found
    WHERE staged.job_id = %(job)s AND staged.row_no = found.row_no AND staged.state = 'good'
"""

refuse_repeated_rows = partial(refuse_repeated, staged=StagedWithdrawal)


def match_codes(job: Job) -> Iterator[None]:
    """Find each row's code, and refuse those that cannot be withdrawn; in short transactions."""
    last = StagedWithdrawal.objects.filter(job=job).aggregate(last=Max("row_no"))["last"] or 0
    for low in range(0, last + 1, MATCHED_AT_ONCE):
        with transaction.atomic():
            match_between(job, low, low + MATCHED_AT_ONCE - 1)
        yield


def match_between(job: Job, low: int, high: int) -> None:
    """Find the codes of a stretch of rows as they are now, in the caller's transaction."""
    pool = CodePool.objects.filter(program__key=job.params["program"]).values_list("pk", flat=True).first()
    values: dict[str, Any] = {"job": job.pk, "low": low, "high": high, "pool": pool or 0, "column": CODE}
    with connection.cursor() as cursor:
        cursor.execute(MATCH.format(person=person_sql(), params=db.json_object("person", "program")), values)
