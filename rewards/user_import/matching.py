"""Match rows with the database, a batch at a time: who is there already, and which rows would change nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from advocate.lib import db
from jobs.models import Job
from jobs.queries import same_content
from jobs.staging import REASON_FIELDS
from programs.models import Participant, Program, Touch
from programs.operations import Entry, Registration
from programs.operations.checks import set_values
from programs.operations.registering import wanted_values
from rewards.attribution.attributing import different_codes
from rewards.attribution.outcomes import SentCode
from rewards.attribution.touches import known_of_many
from rewards.user_import.reading import FIELDS

FIRST: Final = len(REASON_FIELDS)
STATE: Final = REASON_FIELDS.index("state")
PARTICIPANT_AT: Final = FIRST + FIELDS.index("participant")
REFERRED_BY_AT: Final = FIRST + FIELDS.index("referred_by")
Row = list[Any]


def user_matcher(job: Job) -> Callable[[list[tuple[Any, ...]]], Iterable[Sequence[Any]]]:
    """
    Return the function that completes a batch of rows.

    It is for the preview: without one, applying finds out by itself. A file that was imported before has one whatever
    was chosen, unless it was said to be meant again.
    """
    if job.without_preview and (job.again or not same_content(job).exists()):
        return list
    live = Program.objects.filter(status=Program.Status.LIVE).count()

    def complete(batch: list[tuple[Any, ...]]) -> list[Row]:
        rows = [list(row) for row in batch]
        known = known_participants([(row[FIRST], row[FIRST + 1]) for row in rows])
        joined = _programs_joined([one.pk for one in known.values()])
        told = _codes_settled({participant.pk: codes_of(rows[place]) for place, participant in known.items()})
        for place, participant in known.items():
            row = rows[place]
            row[PARTICIPANT_AT] = participant.pk
            is_whole = joined.get(participant.pk, 0) >= live and participant.pk in told
            if row[STATE] == "good" and is_whole and _is_unchanged(participant, row):
                row[STATE] = "unchanged"
        return rows

    return complete


def codes_of(row: Sequence[Any]) -> list[SentCode]:
    """Return the codes that a row as it is staged says its user came with."""
    return different_codes(SentCode(text, Touch.Door.IMPORT) for text in row[REFERRED_BY_AT] or ())


def _codes_settled(codes: Mapping[int, Sequence[SentCode]]) -> set[int]:
    """Return those of these participants of whom all codes have made a referral, or came too late."""
    known = known_of_many({pk: sent for pk, sent in codes.items() if sent})
    return {pk for pk, sent in codes.items() if not sent or (pk in known and len(known[pk].settled) == len(sent))}


def entry_of(values: Sequence[Any]) -> Entry:
    """Return what a row asks for, from the values of ``FIELDS``."""
    account_id, user_id, profile, add, remove, custom_fields, custom_texts, codes, _referred_by, created, *_rest = (
        values
    )
    registration = Registration(
        values=profile or {},
        add_segments=add or (),
        remove_segments=remove or (),
        custom_fields=custom_fields or {},
        custom_texts=custom_texts or {},
        codes=codes or {},
    )
    return Entry(account_id, user_id, registration, created)


def known_participants(ids: Sequence[tuple[str, str]]) -> dict[int, Participant]:
    """Return those who are there already, by their places among the ids."""
    statement = f"""
        SELECT participant.*, asked.n AS place FROM {db.listed("text", "text")} AS asked
        JOIN programs_participant AS participant ON participant.account_id = v0 AND participant.user_id = v1
    """
    found: Any = Participant.objects.raw(statement, [json.dumps(ids)])
    return {one.place: one for one in found}


def _is_unchanged(participant: Participant, row: Row) -> bool:
    entry = entry_of(row[FIRST:])
    return not set_values(participant, wanted_values(participant, entry.registration))


def _programs_joined(participant_ids: Sequence[int]) -> dict[int, int]:
    """Return how many live programs each of these participants has joined, as far as they have a link to share."""
    statement = f"""
        SELECT held.participant_id, COUNT(*) FROM {db.listed("bigint")} AS asked
        JOIN programs_referralcode AS held ON held.participant_id = v0 AND held.is_primary
        JOIN programs_program AS program ON program.id = held.program_id AND program.status = 'live'
        JOIN programs_sharelink AS link ON link.code_id = held.id AND link.retired_at IS NULL
        GROUP BY held.participant_id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps([[participant_id] for participant_id in participant_ids])])
        return dict(cursor.fetchall())
