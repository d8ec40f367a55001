"""A million believable participants for measurements: few names that many share, many that few do, three scripts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from advocate.lib.db import analyze, batches, load_rows
from programs.models import Participant, Program, Referral, ReferralCode, SearchTerm
from programs.operations import index_participants_after

START = datetime(2023, 1, 1, tzinfo=UTC)
BATCH = 20_000
FIRST = [
    "Maria",
    "Ana",
    "José",
    "Wei",
    "Li",
    "Fatima",
    "Mohammed",
    "James",
    "John",
    "Mary",
    "Anna",
    "Olga",
    "Ivan",
    "Søren",
    "Zoë",
    "François",
    "Łukasz",
    "Nguyễn",
]
LAST = [
    "García",
    "Smith",
    "Müller",
    "Silva",
    "Kim",
    "Nguyễn",
    "Ivanova",
    "O'Brien",
    "Jean-Baptiste",
    "Okafor",
    "Yılmaz",
    "Kowalski",
    "Rossi",
    "Haddad",
]
SURNAMES = "王李张刘陈杨黄赵吴周"
GIVEN = "小明芳娜敏静丽强磊军洋勇艳杰涛超秀霞平刚桂英"
SYLLABLES = [
    "ba",
    "be",
    "bo",
    "da",
    "de",
    "di",
    "fa",
    "ga",
    "ho",
    "ka",
    "ki",
    "la",
    "le",
    "lo",
    "ma",
    "mi",
    "mo",
    "na",
    "ne",
    "no",
    "pa",
    "ra",
    "ri",
    "ro",
    "sa",
    "se",
    "ta",
    "ti",
    "to",
    "va",
]
COLUMNS = (
    "id",
    "account_id",
    "user_id",
    "first_name",
    "last_name",
    "email",
    "locale",
    "country_code",
    "referable",
    "date_blocked",
    "block_reason",
    "image_url",
    "segments",
    "custom_fields",
    "referral_source",
    "first_seen_ip",
    "last_seen_ip",
    "created_at",
    "updated_at",
)


def load(count: int) -> None:
    """Fill an empty database with ``count`` participants, a code each and a referral for every third."""
    for batch in batches(participant_rows(count), BATCH):
        load_rows(Participant, COLUMNS, batch)
    index_participants_after(participant_id=0)
    program = Program.objects.create(key="bench", name="Bench", status="live", main_url="https://shop.example")
    codes = ((f"CODE{n:07}", program.pk, n, True, None, START) for n in range(1, count + 1))
    load_rows(ReferralCode, ("code", "program", "participant", "is_primary", "disabled_at", "created_at"), codes)
    load_rows(
        Referral,
        ("program", "referrer", "referred", "source", "code_used", "date_started", "date_converted", "updated_at"),
        referral_rows(count, program.pk),
    )
    for model in (Participant, SearchTerm, ReferralCode, Referral):
        analyze(model)


def participant_rows(count: int) -> Iterator[tuple[object, ...]]:
    """Yield participants as rows of ``COLUMNS``; the same ones each time."""
    rng = random.Random(7)
    for number in range(1, count + 1):
        first, last = name(rng)
        created = START + timedelta(seconds=number * 90)
        user_id = f"user-{number:08}"
        blocked = created if number % 5000 == 0 else None
        yield (
            number,
            f"account-{number // 3:07}",
            user_id,
            first,
            last,
            f"{rng.choice(SYLLABLES)}{number}@example.com",
            "en_US",
            "US",
            True,
            blocked,
            "Refers himself" if blocked else "",
            "",
            [],
            {},
            "",
            None,
            None,
            created,
            created,
        )


def name(rng: random.Random) -> tuple[str, str]:
    """Return a first and a last name."""
    if rng.random() < 0.15:
        return "".join(rng.choices(GIVEN, k=rng.choice((1, 2)))), rng.choice(SURNAMES)
    common = rng.random() < 0.4
    first = rng.choice(FIRST) if common else "".join(rng.choices(SYLLABLES, k=3)).title()
    return first, rng.choice(LAST) if common else "".join(rng.choices(SYLLABLES, k=4)).title()


def referral_rows(count: int, program_id: int) -> Iterator[tuple[object, ...]]:
    """Yield a referral for every third participant; the first one has made a thousandth of them all."""
    for number in range(3, count + 1, 3):
        referrer = 1 if number % 1000 == 0 else number // 2
        started = START + timedelta(seconds=number * 90)
        yield (program_id, referrer, number, "code", f"CODE{referrer:07}", started, None, started)
