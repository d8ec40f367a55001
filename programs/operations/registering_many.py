"""Registering many participants by set statements: for each what ``upsert_participant`` does, one after the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from random import Random
from typing import Any, Final

from django.db import IntegrityError, connection, transaction

from advocate.lib import db
from advocate.lib.errors import DomainError
from programs.models import ErasedParticipant, Participant, Program
from programs.operations.checks import set_values
from programs.operations.choosing_codes import Newcomer, choose_codes
from programs.operations.erasing import ids_digest
from programs.operations.joining import SECURE
from programs.operations.joining_many import join_many
from programs.operations.participants import FOUND_BY
from programs.operations.registering import (
    MOST_ON_ACCOUNT,
    AccountFull,
    DoNotTrack,
    Registration,
    no_such_program,
    wanted_values,
)
from programs.operations.search_terms import index_newcomers, index_participants
from programs.operations.share_links import make_share_links
from team import audit
from team.audit import Actor, Change, Deed

# A try fails when somebody else's registration of the same people has gone through: who goes on trying gets there.
ATTEMPTS: Final = 20
LOADED: Final = tuple(each.name for each in Participant._meta.concrete_fields)
CHANGEABLE: Final = {
    "first_name": "text",
    "last_name": "text",
    "email": "text",
    "locale": "text",
    "country_code": "text",
    "image_url": "text",
    "referable": "boolean",
    "segments": "jsonb",
    "custom_fields": "jsonb",
}
UPDATE_LISTED: Final = f"""
    UPDATE programs_participant AS participant
    SET {", ".join(f"{name} = v{place}" for place, name in enumerate(CHANGEABLE, start=1))}, updated_at = %s
    FROM {{listed}} AS changed WHERE participant.id = v0
"""
UPDATE_ONE: Final = f"""
    UPDATE programs_participant SET {", ".join(f"{name} = %s" for name in CHANGEABLE)}, updated_at = %s WHERE id = %s
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be registered of one participant; ``created_at`` is since when a new one is known, if not just now."""

    account_id: str
    user_id: str
    registration: Registration
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _HeldCode:
    participant_id: int
    program_id: int
    code_id: int
    has_link: bool


@dataclass(slots=True)
class Entered:
    """What became of an entry: the participant, whether they are new or changed, or why they were refused."""

    entry: Entry
    participant: Participant | None = None
    is_new: bool = False
    changes: Mapping[str, Change] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    refusal: DomainError | None = None


def register_many(*, entries: Sequence[Entry], by: Actor, at: datetime, rng: Random = SECURE) -> list[Entered]:
    """
    Register participants, no two of the same ids, and say of each what became of it.

    The caller has seen to it that the values can be stored. A refused entry changes nothing.
    """
    tries_left = ATTEMPTS
    while True:
        tries_left -= 1
        try:
            with transaction.atomic():
                return _register(entries, by=by, at=at, rng=rng)
        except IntegrityError:  # somebody registered one of them meanwhile, or has got one of the codes
            if not tries_left:
                raise


def _register(entries: Sequence[Entry], *, by: Actor, at: datetime, rng: Random) -> list[Entered]:
    existing = _lock_existing(entries)
    entered = [Entered(entry, existing.get(place)) for place, entry in enumerate(entries)]
    _refuse_newcomers(entered)
    live = list(Program.objects.filter(status=Program.Status.LIVE).order_by("pk"))
    held = _held_codes([participant.pk for participant in existing.values()], live)
    newcomers = _newcomers(entered, live, {(one.participant_id, one.program_id) for one in held}, at)
    choose_codes(list(newcomers.values()), rng=rng)
    for place, newcomer in newcomers.items():
        entered[place].refusal = entered[place].refusal or newcomer.refusal
    good = [one for one in entered if one.refusal is None]
    _write_new([one for one in good if one.is_new], by=by, at=at)
    _write_changed([one for one in good if not one.is_new], by=by, at=at)
    joining = [newcomer for newcomer in newcomers.values() if newcomer.refusal is None]
    join_many(newcomers=joining, by=by, at=at, rng=rng)
    # Codes from before there were share links have none.
    make_share_links(code_ids=[one.code_id for one in held if not one.has_link], at=at, rng=rng)
    for place, newcomer in newcomers.items():
        entered[place].codes = {program.key: newcomer.texts.get(program.pk, "") for program in newcomer.programs}
    return entered


def _lock_existing(entries: Sequence[Entry]) -> dict[int, Participant]:
    """Lock those who are there already, in the order of their primary keys, and return them by their places."""
    lock = "FOR NO KEY UPDATE OF participant" if db.is_postgres() else ""
    statement = f"""
        SELECT participant.*, asked.n AS place FROM {db.listed("text", "text")} AS asked
        JOIN programs_participant AS participant ON participant.account_id = v0 AND participant.user_id = v1
        ORDER BY participant.id {lock}
    """
    ids = json.dumps([[entry.account_id, entry.user_id] for entry in entries])
    found: Any = Participant.objects.raw(statement, [ids])
    return {one.place: one for one in found}


def _refuse_newcomers(entered: Sequence[Entered]) -> None:
    """Refuse who must not be tracked any more, and who finds the account full."""
    new = [one for one in entered if one.participant is None]
    if not new:
        return
    _refuse_erased(new)
    users = _users_of({one.entry.account_id for one in new})
    for one in new:
        if one.refusal is None and users[one.entry.account_id] >= MOST_ON_ACCOUNT:
            one.refusal = AccountFull(most=MOST_ON_ACCOUNT)
        elif one.refusal is None:
            users[one.entry.account_id] += 1


def _refuse_erased(new: Sequence[Entered]) -> None:
    digests = {ids_digest(one.entry.account_id, one.entry.user_id): one for one in new}
    untracked = ErasedParticipant.objects.filter(do_not_track=True)
    if not untracked.exists():
        return
    for digest in untracked.filter(ids_digest__in=list(digests)).values_list("ids_digest", flat=True):
        digests[digest].refusal = DoNotTrack()


def _users_of(account_ids: set[str]) -> Counter[str]:
    statement = f"""
        SELECT v0, COUNT(*) FROM {db.listed("text")} AS asked
        JOIN programs_participant AS participant ON participant.account_id = v0 {db.exact_collation()} GROUP BY v0
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps([[account_id] for account_id in account_ids])])
        return Counter(dict(cursor.fetchall()))


def _newcomers(
    entered: Sequence[Entered], live: Sequence[Program], held: set[tuple[int, int]], at: datetime
) -> dict[int, Newcomer]:
    """Give the participants their new values and return, by their places, who lacks a code in a live program."""
    keys = {program.key for program in live}
    ids = iter(db.new_ids(Participant, sum(one.participant is None for one in entered)))
    newcomers = {}
    for place, one in enumerate(entered):
        if one.refusal is not None:
            continue
        participant = _valued(one, ids, at)
        lacking = [program for program in live if (participant.pk, program.pk) not in held]
        wishes = one.entry.registration.codes
        if (one.is_new or lacking) and (unknown := wishes.keys() - keys):
            one.refusal = no_such_program(min(unknown))
        elif lacking:
            newcomers[place] = Newcomer(participant, lacking, wishes)
    return newcomers


def _held_codes(participant_ids: Sequence[int], live: Sequence[Program]) -> list[_HeldCode]:
    """Return the primary codes of these participants in live programs."""
    if not participant_ids or not live:
        return []
    statement = f"""
        SELECT held.participant_id, held.program_id, held.id, EXISTS (
            SELECT 1 FROM programs_sharelink AS link WHERE link.code_id = held.id AND link.retired_at IS NULL
        )
        FROM {db.listed("bigint")} AS asked
        JOIN programs_referralcode AS held ON held.participant_id = v0 AND held.is_primary
        JOIN programs_program AS program ON program.id = held.program_id AND program.status = 'live'
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps([[participant_id] for participant_id in participant_ids])])
        return [_HeldCode(*row) for row in cursor.fetchall()]


def _valued(one: Entered, ids: Iterator[int], at: datetime) -> Participant:
    """Give the participant, made if they are new, the values sent."""
    registration = one.entry.registration
    if one.participant is not None:
        one.changes = set_values(one.participant, wanted_values(one.participant, registration))
        return one.participant
    one.is_new = True
    one.participant = Participant(
        id=next(ids),
        account_id=one.entry.account_id,
        user_id=one.entry.user_id,
        created_at=one.entry.created_at or at,
        updated_at=at,
    )
    for name, value in wanted_values(one.participant, registration).items():
        setattr(one.participant, name, value)
    return one.participant


def _write_new(new: Sequence[Entered], *, by: Actor, at: datetime) -> None:
    people = [one.participant for one in new if one.participant]
    db.load_rows(Participant, LOADED, map(attrgetter(*LOADED), people))
    index_newcomers(participants=people)
    audit.record_many(by=by, model=Participant, at=at, deeds=map(_added, people))


def _added(participant: Participant) -> Deed:
    ids = {"account_id": Change(None, participant.account_id), "user_id": Change(None, participant.user_id)}
    return Deed("participant.added", participant.pk, str(participant), ids)


def _write_changed(existing: Sequence[Entered], *, by: Actor, at: datetime) -> None:
    changed = [one for one in existing if one.participant and one.changes]
    people = [one.participant for one in changed if one.participant]
    if not people:
        return
    _update(people, at)
    renamed = [one.participant for one in changed if one.participant and FOUND_BY & one.changes.keys()]
    index_participants(participants=renamed)
    deeds = (
        Deed("participant.changed", one.participant.pk, str(one.participant), one.changes)
        for one in changed
        if one.participant
    )
    audit.record_many(by=by, model=Participant, at=at, deeds=deeds)


def _update(people: Sequence[Participant], at: datetime) -> None:
    instant = db.instant_param(at)
    with connection.cursor() as cursor:
        if db.is_postgres():
            listed = db.listed("bigint", *CHANGEABLE.values())
            rows = [[one.pk, *(getattr(one, name) for name in CHANGEABLE)] for one in people]
            cursor.execute(UPDATE_LISTED.format(listed=listed), [instant, json.dumps(rows)])
            return
        # One by one: joined with a list, SQLite may read the whole list for each row.
        cursor.executemany(UPDATE_ONE, [[*_sqlite_values(one), instant, one.pk] for one in people])


def _sqlite_values(participant: Participant) -> list[Any]:
    values = (getattr(participant, name) for name in CHANGEABLE)
    return [json.dumps(value) if isinstance(value, list | dict) else value for value in values]
