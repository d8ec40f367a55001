"""The advocates of a program, one staged row for each, in the order in which they got their referral codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import connection, transaction
from django.db.models import Max, Min

from jobs.models import Job
from programs.models import ReferralCode
from promocodes.models import CodePool

LOOKED_AT_ONCE: Final = 10_000

STAGE: Final = """
    INSERT INTO promocodes_stagedset (job_id, row_no, state, code, "column", found, participant_id)
    SELECT %(job)s, %(staged)s + ROW_NUMBER() OVER (ORDER BY advocate.id), 'good', '', '', '', advocate.participant_id
    FROM programs_referralcode AS advocate
    JOIN programs_participant AS participant ON participant.id = advocate.participant_id
    WHERE advocate.id BETWEEN %(low)s AND %(high)s AND advocate.program_id = %(program)s AND advocate.is_primary
        AND participant.date_blocked IS NULL
"""


def pool_of(job: Job) -> CodePool:
    """Return the pool that the job gives codes of."""
    return CodePool.objects.select_related("program").get(pk=job.params["pool"])


def stage_advocates(job: Job) -> Iterator[int]:
    """Stage each advocate of the program who is not blocked."""
    program = pool_of(job).program_id
    ends = ReferralCode.objects.filter(program=program).aggregate(first=Min("pk"), last=Max("pk"))
    staged = 0
    if ends["first"] is None:
        return
    for low in range(ends["first"], ends["last"] + 1, LOOKED_AT_ONCE):
        values = {"job": job.pk, "staged": staged, "low": low, "high": low + LOOKED_AT_ONCE - 1, "program": program}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(STAGE, values)
            staged += cursor.rowcount
        yield staged
