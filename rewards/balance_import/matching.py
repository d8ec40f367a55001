"""Match rows with the database, a batch at a time: whose they are, and whether the balance holds what they take."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from advocate.lib import clock, db
from advocate.lib.errors import DomainError
from advocate.lib.tabular import unescape_formula
from jobs.models import Job
from jobs.queries import same_content
from jobs.staging import REASON_FIELDS, refused_row
from rewards.balance_import.errors import EmailOfAnother, IdsChanged, UnknownParticipant
from rewards.balance_import.reading import EMAIL, USER
from rewards.balance_import.shortfalls import AVAILABLE, Shortfall, shortfall_reasons

FIELDS: Final = (
    "account_id",
    "user_id",
    "email",
    "unit",
    "amount",
    "participant",
    "said_available",
    "said_redeemed",
    "available",
)
FIRST: Final = len(REASON_FIELDS)
NUMBER, STATE = REASON_FIELDS.index("row_no"), REASON_FIELDS.index("state")
PLACES: Final = {name: FIRST + place for place, name in enumerate(FIELDS)}
ACCOUNT_AT, USER_AT, EMAIL_AT = PLACES["account_id"], PLACES["user_id"], PLACES["email"]
UNIT_AT, AMOUNT_AT, PARTICIPANT_AT = PLACES["unit"], PLACES["amount"], PLACES["participant"]
SAID_AVAILABLE_AT, SAID_REDEEMED_AT = PLACES["said_available"], PLACES["said_redeemed"]
AVAILABLE_AT = PLACES["available"]

Row = list[Any]


@dataclass(frozen=True, slots=True)
class Owner:
    """A participant as far as a row must agree with it."""

    id: int
    email: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an e-mail names."""

    account_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Holding:
    """What a participant has available and had redeemed of one unit, in its smallest fraction."""

    available: int
    redeemed: int


def balance_matcher(job: Job) -> Callable[[list[tuple[Any, ...]]], Iterable[Sequence[Any]]]:
    """
    Return the function that completes a batch of rows.

    Balances are looked at only where a person will: without a preview, applying decides about them anyhow.
    """
    at = clock.now()
    shows_balances = not job.without_preview or same_content(job).exists()

    def complete(batch: list[tuple[Any, ...]]) -> list[Row]:
        rows = [list(row) for row in batch]
        _match_owners(rows)
        if shows_balances:
            _match_balances(rows, at)
        return rows

    return complete


def _match_owners(rows: list[Row]) -> None:
    """Set the participants of rows, and refuse those whose ids name nobody, or somebody else than their e-mail."""
    owners = _owners([[row[ACCOUNT_AT], row[USER_AT]] for row in rows])
    _find_guarded(rows, owners)
    doubtful: list[tuple[int, Owner | None]] = []
    for place, row in enumerate(rows):
        owner = owners.get(place)
        if owner is not None:
            row[PARTICIPANT_AT] = owner.id
        if row[STATE] != "good":
            continue
        email = row[EMAIL_AT]
        if owner is None or (email and email != owner.email and email.strip().lower() != owner.email.lower()):
            doubtful.append((place, owner))
    if doubtful:
        _refuse_doubtful(rows, doubtful)


def _find_guarded(rows: list[Row], owners: dict[int, Owner]) -> None:
    """
    Find the rest by their ids without the apostrophe that guards them in a CSV report.

    A spreadsheet program shows that apostrophe as text, so a report opened there and saved as a workbook still has it.
    Whoever really has such an id was found before.
    """
    places: list[int] = []
    ids: list[list[str]] = []
    for place, row in enumerate(rows):
        if place in owners:
            continue
        plain = [unescape_formula(row[ACCOUNT_AT]), unescape_formula(row[USER_AT])]
        if plain != [row[ACCOUNT_AT], row[USER_AT]]:
            places.append(place)
            ids.append(plain)
    for found, owner in (_owners(ids) if ids else {}).items():
        place = places[found]
        owners[place] = owner
        rows[place][ACCOUNT_AT], rows[place][USER_AT] = ids[found]


def _refuse_doubtful(rows: list[Row], doubtful: list[tuple[int, Owner | None]]) -> None:
    named = _named_by_email({rows[place][EMAIL_AT].strip() for place, _owner in doubtful})
    for place, owner in doubtful:
        row = rows[place]
        people = named.get(row[EMAIL_AT].strip(), [])
        if owner is not None and not people:
            continue  # the e-mail is nobody's: it has changed since, or the participant has none
        _refuse(row, _ids_refusal(row, owner, people))


def _ids_refusal(row: Row, owner: Owner | None, people: list[Person]) -> DomainError:
    ids = {"account_id": row[ACCOUNT_AT], "user_id": row[USER_AT]}
    if not people:
        return UnknownParticipant(column=USER, found=row[USER_AT], **ids)
    meant = {"meant_account_id": people[0].account_id, "meant_user_id": people[0].user_id}
    if owner is None:
        return IdsChanged(column=USER, found=row[USER_AT], email=row[EMAIL_AT], **ids, **meant)
    return EmailOfAnother(column=EMAIL, found=row[EMAIL_AT], owner=owner.email or row[USER_AT], **ids, **meant)


def _owners(ids: list[list[str]]) -> dict[int, Owner]:
    statement = f"""
        SELECT ids.n, participant.id, participant.email FROM {db.listed("text", "text")} AS ids
        JOIN programs_participant AS participant ON participant.account_id = v0 AND participant.user_id = v1
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps(ids)])
        return {place: Owner(pk, email) for place, pk, email in cursor.fetchall()}


def _named_by_email(emails: set[str]) -> dict[str, list[Person]]:
    asked = sorted(email for email in emails if email)
    statement = f"""
        SELECT asked.n, participant.account_id, participant.user_id FROM {db.listed("text")} AS asked
        JOIN programs_participant AS participant ON LOWER(participant.email) = LOWER(v0 {db.exact_collation()})
        ORDER BY participant.id
    """
    named: dict[str, list[Person]] = {}
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(statement, [json.dumps([[email] for email in asked])])
            for place, account_id, user_id in cursor.fetchall():
                named.setdefault(asked[place], []).append(Person(account_id, user_id))
    return named


def _match_balances(rows: list[Row], at: datetime) -> None:
    """Refuse rows that ask for more than there is, and mark those whose balance is not what the report said."""
    good = [row for row in rows if row[STATE] == "good"]
    holdings = _holdings([[row[PARTICIPANT_AT], row[UNIT_AT]] for row in good], at)
    short: list[tuple[Row, Shortfall]] = []
    for place, row in enumerate(good):
        holding = holdings.get(place) or Holding(0, 0)
        is_new = _differs(row[SAID_AVAILABLE_AT], holding.available)
        if is_new or _differs(row[SAID_REDEEMED_AT], holding.redeemed):
            row[AVAILABLE_AT] = holding.available
        if row[AMOUNT_AT] > holding.available:
            short.append((row, Shortfall(row[PARTICIPANT_AT], row[UNIT_AT], row[AMOUNT_AT], holding.available)))
    if short:
        reasons = shortfall_reasons([shortfall for _row, shortfall in short], at=at)
        for (row, _shortfall), reason in zip(short, reasons, strict=True):
            _refuse(row, reason)


def _differs(said: int | None, now: int) -> bool:
    return said is not None and said != now


def _holdings(balances: list[list[int]], at: datetime) -> dict[int, Holding]:
    statement = f"""
        SELECT asked.n, SUM({AVAILABLE}), SUM(reward.redeemed) FROM {db.listed("bigint", "bigint")} AS asked
        JOIN rewards_reward AS reward ON reward.participant_id = v0 AND reward.unit_id = v1 AND reward.type = 'CREDIT'
        GROUP BY asked.n
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [db.instant_param(at), json.dumps(balances)])
        return {place: Holding(int(available), int(redeemed)) for place, available, redeemed in cursor.fetchall()}


def _refuse(row: Row, error: DomainError) -> None:
    row[:FIRST] = refused_row(row[0], row[NUMBER], error, ())
