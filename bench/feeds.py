"""Rewards, orders, changes and mails for measurements: a few of everything that a list can be narrowed to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from django.db.models import CharField, F, Model, TextField

from advocate.lib.db import analyze, load_rows
from outbox.models import Email
from programs.models import Conversion, Program, Referral
from rewards.models import Reward, RewardUnit
from team.models import AuditEntry, Role, User

START = datetime(2025, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=15)
REWARD_COLUMNS = (
    "public_id",
    "participant",
    "type",
    "unit",
    "amount",
    "redeemed",
    "name",
    "status",
    "pending_reason",
    "date_created",
    "date_scheduled_for",
    "date_given",
    "date_expires",
    "date_cancelled",
    "date_redeemed",
    "source",
    "program",
    "updated_at",
)
ORDER_COLUMNS = (
    "public_id",
    "program",
    "order_id",
    "friend",
    "advocate",
    "referral",
    "status",
    "outcome",
    "amount",
    "currency",
    "exponent",
    "promo_code",
    "customer_id",
    "customer_email",
    "happened_at",
    "received_at",
    "worked_at",
    "reversed_at",
)
CHANGE_COLUMNS = ("at", "user", "actor", "action", "object_type", "object_id", "object_label", "changes")
MAIL_COLUMNS = (
    "key",
    "message_id",
    "to",
    "subject",
    "text",
    "html",
    "language",
    "status",
    "next_attempt_at",
    "sent_at",
    "created_at",
)


def load_feeds(people: int) -> None:
    """Fill a database of so many participants: three rewards for each, an order, two changes, a third of a mail."""
    program = Program.objects.order_by("pk")[0]
    units = [
        RewardUnit.objects.create(
            key=key, kind=kind, name=key, currency=currency, exponent=exponent, created_at=START, updated_at=START
        ).pk
        for key, kind, currency, exponent in (("CASH/USD", "CASH", "USD", 2), ("POINT", "POINTS", "", 0))
    ]
    members = [
        User.objects.create(email=f"member{number}@example.com", role=Role.FULL_ACCESS).pk for number in range(3)
    ]
    _load(Reward, REWARD_COLUMNS, _rewards(3 * people, people, program.pk, units))
    _load(Conversion, ORDER_COLUMNS, _orders(people, program.pk))
    # A tenth of the referrals have converted.
    Referral.objects.filter(pk__endswith="7").update(date_converted=F("date_started"))
    _load(AuditEntry, CHANGE_COLUMNS, _changes(2 * people, people, members))
    _load(Email, MAIL_COLUMNS, _mails(people // 3))
    for model in (Reward, Conversion, Referral, AuditEntry, Email):
        analyze(model)


def _load(model: type[Model], names: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Load rows of these columns; texts and numbers that are not among them are empty and zero."""
    blank: dict[str, object] = {
        one.name: "" if isinstance(one, CharField | TextField) else one.get_default()
        for one in model._meta.concrete_fields
        if one.name not in names and not one.null and not one.primary_key
    }
    load_rows(model, (*names, *blank), ((*row, *blank.values()) for row in rows))


def drawn(number: int) -> int:
    """Return a number below 1,000 that is always the same for ``number`` and has nothing to do with it."""
    return int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:4], "big") % 1_000


def _rewards(count: int, people: int, program: int, units: list[int]) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        draw, at = drawn(number), START + STEP * number / 3
        is_percent = number % 50 == 0
        status = _status(draw, is_percent=is_percent)
        amount = 10 + draw % 50 if is_percent else 1_000 + draw
        is_redeemed = status == "REDEEMED"
        yield (
            f"{number:024x}",
            number * 7 % people + 1,
            "PCT_DISCOUNT" if is_percent else "CREDIT",
            None if is_percent else units[number % 20 == 1],
            amount,
            amount if is_redeemed else 0,
            "Welcome" if number % 3 else "",
            status,
            "SCHEDULED" if status == "PENDING" else "",
            at,
            at + timedelta(days=365) if status == "PENDING" else None,
            None if status == "PENDING" else at,
            at + timedelta(days=90) if status == "EXPIRED" else None,
            at if status == "CANCELLED" else None,
            at if is_redeemed else None,
            ("FRIEND_SIGNUP", "REFERRED", "AUTOMATED")[number % 3] if draw else "MANUAL",
            program if number % 4 else None,
            at,
        )


def _status(draw: int, *, is_percent: bool) -> str:
    """Return the status; only amounts are redeemed."""
    shares = (("PENDING", 10), ("CANCELLED", 30), ("EXPIRED", 100), ("REDEEMED", 100 if is_percent else 400))
    return next((status for status, upto in shares if draw < upto), "AVAILABLE")


def _orders(count: int, program: int) -> Iterator[tuple[object, ...]]:
    for number in range(1, count + 1):
        draw, at = drawn(number), START + STEP * number
        # Every third participant was referred by the one of half their number.
        is_attributed = number % 3 == 0 and number >= 6
        status = "queued" if draw == 0 else "attributed" if is_attributed else "not_attributed"
        yield (
            f"{number:024x}",
            program,
            f"ORDER-{number:08}",
            number,
            number // 2 if status == "attributed" else None,
            None,
            status,
            {"queued": "", "attributed": "attributed", "not_attributed": "no_touch"}[status],
            1_000 + draw,
            "USD",
            2,
            f"CODE{number // 2:07}" if is_attributed else "",
            f"user-{number:08}" if number % 2 else "",
            "" if number % 2 else f"customer{number}@example.com",
            at,
            at,
            None if status == "queued" else at,
            at if status != "queued" and draw == 1 else None,
        )


def _changes(count: int, people: int, members: list[int]) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        draw, target = drawn(number), number % people + 1
        # Nearly all come from the API, as they would; one in a thousand is done by a person.
        member = members[target % len(members)] if draw == 0 else None
        yield (
            START + STEP * number / 2,
            member,
            "bench@example.com" if member else "API key Shop (IR0123456789)",
            "participant.blocked" if draw == 0 else "participant.changed" if number % 2 else "participant.added",
            "programs.participant",
            str(target),
            f"Person {target:07}",
            {"first_name": ["Old", "New"]},
        )


def _mails(count: int) -> Iterator[tuple[object, ...]]:
    for number in range(count):
        at = START + STEP * 3 * number
        status = "failed" if drawn(number) == 0 else "sent"
        yield (
            f"bench:{number}",
            f"<{number}@example.com>",
            f"person{number}@example.com",
            f"You have a reward of {number} points",
            "text " * 40,
            "<p>html</p> " * 40,
            "en" if number % 5 else "zh-hans",
            status,
            at,
            at if status == "sent" else None,
            at,
        )
