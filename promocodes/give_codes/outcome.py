"""What the giving of sets leaves behind: whose set is full, and who waits for how many codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from advocate.lib import clock, db
from advocate.lib.tabular import Cell
from jobs.models import Job
from promocodes.give_codes.applying import GIVEN, WAITING
from promocodes.give_codes.staging import pool_of

GIVEN_COLUMNS: Final = ("accountId", "userId", "codes", "waiting")

# Why the pluses: promocodes.operations.holders.HELD.
ROWS: Final = """
    SELECT participant.account_id, participant.user_id, (
        SELECT COUNT(*) FROM promocodes_promocode AS code
        WHERE code.participant_id = staged.participant_id AND +code.pool_id = %s AND +code.state = 1
            AND NOT code.is_extra AND (code.expires_at IS NULL OR code.expires_at > %s)
    ), holder.waiting_since IS NOT NULL
    FROM promocodes_stagedset AS staged
    JOIN programs_participant AS participant ON participant.id = staged.participant_id
    LEFT JOIN promocodes_codeholder AS holder ON holder.pool_id = %s AND holder.participant_id = staged.participant_id
    WHERE staged.job_id = %s ORDER BY staged.row_no
"""


def given_rows(job: Job) -> Iterator[Sequence[Cell]]:
    """Yield each advocate with the codes that their set holds now, and whether they wait for more."""
    pool = pool_of(job)
    params = [pool.pk, db.instant_param(clock.now()), pool.pk, job.pk]
    for account_id, user_id, codes, waits in db.stream_rows(db.Select(ROWS, params)):
        yield account_id, user_id, str(codes), _("yes") if waits else ""


def format_given(totals: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return how many codes were given and how many advocates wait, for people."""
    labels = {GIVEN: _("Codes given"), WAITING: _("Advocates who wait")}
    return [(labels[name], number_format(totals.get(name, 0), force_grouping=True)) for name in labels]
