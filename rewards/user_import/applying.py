from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from jobs.models import Job
from jobs.staging import Refusal, refuse_each
from jobs.types import Applied
from programs.models import Touch
from programs.operations import Entered, register_many
from rewards.attribution import Friend, SentCode, attribute_many
from rewards.attribution.resolving import folded
from rewards.models import StagedUser
from rewards.user_import.matching import entry_of
from rewards.user_import.preview import CHANGED, NEW, REFERRED
from rewards.user_import.reading import FIELDS
from team.audit import Actor

READ: Final = ("row_no", *FIELDS)
REFERRED_BY_AT: Final = READ.index("referred_by")
PARTICIPANT_AT: Final = READ.index("participant")
NOTE_LISTED: Final = """
    UPDATE rewards_stageduser AS staged SET participant_id = v0 FROM {listed} AS known
    WHERE staged.job_id = %s AND staged.row_no = v1
"""
NOTE_ONE: Final = "UPDATE rewards_stageduser SET participant_id = %s WHERE job_id = %s AND row_no = %s"
Row = tuple[Any, ...]


def register_chunk(job: Job, low: int, high: int, at: datetime) -> Applied:
    """
    Register and attribute the users of the job's GOOD rows from ``low`` to ``high``, in the caller's transaction.

    It comes to what the API would make of one row after the other.
    """
    staged = StagedUser.objects.filter(job=job, row_no__range=(low, high), state="good").order_by("row_no")
    rows: list[Row] = list(staged.values_list(*READ))
    by = Actor(job.requested_by, job.requester_id)
    entered = register_many(entries=[entry_of(row[1:]) for row in rows], by=by, at=at)
    refusals = [Refusal(row[0], one.refusal) for row, one in zip(rows, entered, strict=True) if one.refusal is not None]
    refuse_each(job, StagedUser, refusals)
    _note_known(job, rows, entered)
    outcomes = attribute_many(friends=_friends(job, rows, entered), sent_by=by.label, at=at)
    totals = Counter(
        {
            NEW: sum(one.is_new for one in entered if one.refusal is None),
            CHANGED: sum(bool(one.changes) for one in entered if one.refusal is None),
            REFERRED: sum(any(outcome.is_attributed for outcome in each) for each in outcomes),
        }
    )
    return Applied(done=len(rows) - len(refusals), refused=len(refusals), totals=totals)


def _note_known(job: Job, rows: Sequence[Row], entered: Sequence[Entered]) -> None:
    """Note who was there already of those of whom no preview has told it, so that nobody takes them for new."""
    known = [
        (one.participant.pk, row[0])
        for row, one in zip(rows, entered, strict=True)
        if one.participant is not None and not one.is_new and row[PARTICIPANT_AT] is None
    ]
    if not known:
        return
    with connection.cursor() as cursor:
        if db.is_postgres():
            cursor.execute(NOTE_LISTED.format(listed=db.listed("bigint", "bigint")), [json.dumps(known), job.pk])
        else:
            # One by one: joined with a list, SQLite may read the whole list for each row.
            cursor.executemany(NOTE_ONE, [(participant, job.pk, number) for participant, number in known])


def _friends(job: Job, rows: Sequence[Row], entered: Sequence[Entered]) -> list[Friend]:
    """Return who came with codes; to each, the codes of those in later rows are none yet."""
    friends = []
    later: set[str] = set()
    for row, one in zip(reversed(rows), reversed(entered), strict=True):
        if one.refusal is not None or one.participant is None:
            continue
        if row[REFERRED_BY_AT]:
            codes = [
                SentCode(text, Touch.Door.IMPORT, job_id=job.pk, row_number=row[0]) for text in row[REFERRED_BY_AT]
            ]
            not_yet = {text for text in map(folded, row[REFERRED_BY_AT]) if text in later}
            friends.append(Friend(one.participant, codes, is_new=one.is_new, not_yet=not_yet))
        later.update(map(folded, one.codes.values()))
    friends.reverse()
    return friends
