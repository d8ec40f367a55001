"""What an import redeemed and has not been reversed since, row by row, from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.db import connection, transaction

from jobs.models import Job
from rewards.undo.errors import AlreadyReversed

STAGED_AT_ONCE: Final = 10_000

# The ledger has no index by import, which every redemption would pay for; the rare undo reads it through once.
FOUND: Final = """
    CREATE TEMPORARY TABLE undoing AS
    SELECT entry.row_number AS row_no, entry.participant_id, reward.unit_id, SUM(entry.amount) AS amount,
        SUM(CASE WHEN reversal.id IS NULL THEN entry.amount ELSE 0 END) AS still
    FROM rewards_rewardentry AS entry
    JOIN rewards_reward AS reward ON reward.id = entry.reward_id
    LEFT JOIN rewards_rewardentry AS reversal ON reversal.reverses_id = entry.id
    WHERE entry.job_id = %s AND entry.kind = 'REDEMPTION'
    GROUP BY entry.row_number, entry.participant_id, reward.unit_id
"""
STAGE: Final = """
    INSERT INTO rewards_stagedreversal
        (job_id, row_no, state, code, "column", found, account_id, user_id, participant_id, unit_id, amount)
    SELECT %s, undoing.row_no, CASE WHEN still > 0 THEN 'good' ELSE 'refused' END,
        CASE WHEN still > 0 THEN '' ELSE %s END, '', '', participant.account_id, participant.user_id,
        undoing.participant_id, undoing.unit_id, CASE WHEN still > 0 THEN still ELSE undoing.amount END
    FROM undoing JOIN programs_participant AS participant ON participant.id = undoing.participant_id
    WHERE undoing.row_no BETWEEN %s AND %s
"""


def stage_reversals(job: Job) -> Iterator[int]:
    """Stage each row of the undone import with what is left to reverse of it, and refuse those reversed already."""
    with connection.cursor() as cursor:
        # Outside of a transaction that writes: on SQLite everybody else would wait for it.
        cursor.execute("DROP TABLE IF EXISTS undoing")
        cursor.execute(FOUND, [job.undoes_id])
        cursor.execute("SELECT COALESCE(MAX(row_no), -1) FROM undoing")
        last = cursor.fetchone()[0]
        staged = 0
        for low in range(0, last + 1, STAGED_AT_ONCE):
            with transaction.atomic():
                cursor.execute(STAGE, [job.pk, AlreadyReversed.code, low, low + STAGED_AT_ONCE - 1])
                staged += cursor.rowcount
            yield staged
        cursor.execute("DROP TABLE undoing")
