from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from django.db import connection, transaction

from advocate.lib.db import listed, load_rows, run_in_chunks
from programs.models import Participant, SearchTerm
from programs.terms import digest_terms_of, terms_of

CHUNK = 5000
REMOVE = "DELETE FROM programs_searchterm WHERE participant_id IN (SELECT v0 FROM {listed} AS changed)"
READ = ("id", "first_name", "last_name", "email", "account_id", "user_id")


@transaction.atomic
def index_participants(*, participants: Sequence[Participant]) -> None:
    """Make the participants found by their present names and ids, and by no earlier ones."""
    with connection.cursor() as cursor:
        cursor.execute(REMOVE.format(listed=listed("bigint")), [json.dumps([[one.pk] for one in participants])])
    _add_terms(participants)


def index_newcomers(*, participants: Sequence[Participant]) -> None:
    """Make new participants found, who have no search terms yet, in the caller's transaction."""
    _add_terms(participants)


def index_participants_after(*, participant_id: int) -> None:
    """
    Make all participants findable whose primary key is greater than ``participant_id``; for bulk loads, after them.

    They must have no search terms yet. Each chunk is a short transaction of its own, so that other writers have a turn.
    """
    for _ in run_in_chunks(_chunks_after(participant_id), _add_terms):
        pass


def _chunks_after(participant_id: int) -> Iterator[list[Participant]]:
    in_order = Participant.objects.order_by("pk").only(*READ)
    while chunk := list(in_order.filter(pk__gt=participant_id)[:CHUNK]):
        yield chunk
        participant_id = chunk[-1].pk


def _add_terms(participants: Sequence[Participant]) -> None:
    rows = ((term, one.pk) for one in participants for term in terms_of(one) | digest_terms_of(one))
    load_rows(SearchTerm, ("term", "participant"), rows)
