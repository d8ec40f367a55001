"""A file of users comes to what the API makes of its rows, one after the other."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from django.db import transaction

from advocate.lib.errors import DomainError
from jobs import types
from programs.models import Participant, Referral, ReferralCode, SearchTerm, ShareLink, Touch
from programs.operations import Registration
from promocodes.models import CodeUse, PromoCode
from rewards.attribution import SentCode, upsert_user
from rewards.imports import IMPORT_USERS
from rewards.models import Reward, RuleResult
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program, make_referral_code, make_rule, stock_pool
from tests.rewards.user_import.files import ANN, AT_ONCE, applied, counts, run, upload, user

pytestmark = pytest.mark.django_db

HEADER = "accountId,id,firstName,referable,segments,referralCodes.one,referredByCodes"


@pytest.fixture
def chunks_of(monkeypatch):
    """Return a function that has an import apply so many rows at once."""

    def change(rows: int) -> None:
        kind = replace(IMPORT_USERS, chunk_rows=rows, sqlite_chunk_rows=rows)
        monkeypatch.setitem(types._imports, kind.slug, kind)

    return change


@pytest.fixture
def known(db) -> None:
    """Have advocates of two live programs and one that is not, with codes of every kind."""
    one, two, paused = make_program(key="one"), make_program(key="two"), make_program(key="three", status="paused")
    for number in range(3):
        advocate = make_participant(account_id=f"a{number}", user_id=f"a{number}", first_name=f"Advo{number}")
        make_referral_code(code=f"ONE{number}", program=one, participant=advocate)
        make_referral_code(code=f"TWO{number}", program=two, participant=advocate)
        make_referral_code(code=f"PAUSED{number}", program=paused, participant=advocate)
    make_referral_code(code="OFF", program=one, participant=advocate, is_primary=False, disabled_at=NOON)
    blocked = make_participant(account_id="b", user_id="b", first_name="Bloc", date_blocked=NOON)
    make_referral_code(code="BLOCKED", program=one, participant=blocked)
    make_referral_code(code="BLOCKEDTWO", program=two, participant=blocked)
    pool = make_pool(program=paused, switched_on_at=None)
    stock_pool(pool, "STOCK")
    make_rule(program=one, trigger="SIGN_UP", audience="BOTH", limit_each=3)
    live_pool = make_pool(program=two, switched_on_at=None)
    for number in range(3):
        stock_pool(
            live_pool, f"PROMO{number}", state=PromoCode.State.ASSIGNED, participant=user("a1"), assigned_at=NOON,
            is_extra=True,
        )  # fmt: skip


CODES = (
    "ONE0", "one1", "ONE2", "TWO0", "TWO1", "PAUSED0", "OFF", "BLOCKED", "STOCK", "PROMO0", "promo1", "PROMO2",
    "NOBODYS", "WISH0", "WISH1", "WISH2", "no code!",
)  # fmt: skip


def random_rows(rng: Random, count: int) -> list[dict[str, str]]:
    """Return rows about people, none of them twice; no two have a name that makes the same code."""
    people = [*(f"u{number}" for number in range(count - 3)), "a0", "a1", "b"]
    rng.shuffle(people)

    def sometimes(text: str, chance: float = 0.3) -> str:
        return text if rng.random() < chance else ""

    return [
        {
            "id": person,
            "account": rng.choice([person, "shared"]) if person.startswith("u") else person,
            "name": f"Name{person}x" if person.startswith("u") else "",
            "referable": sometimes(rng.choice(["true", "false"])),
            "segments": sometimes("vip"),
            "wish": sometimes(f"WISH{rng.randrange(4)}", 0.15),
            "codes": sometimes(",".join(rng.sample(CODES, rng.randrange(1, 4))), 0.8),
        }
        for person in people
    ]


def line(row: dict[str, str]) -> str:
    return ",".join(
        [row["account"], row["id"], row["name"], row["referable"], row["segments"], row["wish"], f'"{row["codes"]}"']
    )


def upserted(rows: list[dict[str, str]]) -> int:
    """Register the rows as the API does and return how many are refused."""
    refused = 0
    for row in rows:
        values = {"first_name": row["name"]} if row["name"] else {}
        if row["referable"]:
            values["referable"] = row["referable"] == "true"  # type: ignore[assignment]
        registration = Registration(
            values=values,
            add_segments=[row["segments"]] if row["segments"] else [],
            codes={"one": row["wish"]} if row["wish"] else {},
        )
        touches = [SentCode(text, Touch.Door.IMPORT) for text in row["codes"].split(",") if text]
        try:
            with transaction.atomic():
                upsert_user(
                    account_id=row["account"], user_id=row["id"], registration=registration, touches=touches,
                    by=ANN, at=NOON,
                )  # fmt: skip
        except DomainError:
            refused += 1
    return refused


def state() -> dict[str, list]:
    """Return everything that registering and attributing leave, without primary keys and chance."""
    names = dict(Participant.objects.values_list("pk", "user_id"))
    own = ReferralCode.objects.filter(program__key="one")
    audit = AuditEntry.objects.filter(object_type="programs.participant").values_list("object_id", "action")
    referrals = Referral.objects.values_list(
        "program__key", "referrer__user_id", "referred__user_id", "source", "code_used"
    )
    touches = Touch.objects.values_list(
        "friend__user_id", "program__key", "advocate__user_id", "text", "door", "outcome", "sent_by",
        "referral__referrer__user_id", "referral__referred__user_id",
    )  # fmt: skip
    return {
        "people": sorted(Participant.objects.values_list("user_id", "account_id", "first_name", "referable")),
        "segments": sorted(Participant.objects.values_list("user_id", "segments")),
        "terms": sorted(SearchTerm.objects.values_list("participant__user_id", "term")),
        "codes": sorted(own.values_list("participant__user_id", "code", "is_primary")),
        "joined": sorted(ReferralCode.objects.values_list("participant__user_id", "program__key", "is_primary")),
        "links": sorted(ShareLink.objects.values_list("code__participant__user_id", "code__program__key")),
        "audit": sorted((names[int(pk)], action) for pk, action in audit),
        "referrals": sorted(referrals),
        "touches": sorted(map(str, touches)),
        "promo codes": sorted(PromoCode.objects.exclude(state=9).values_list("code", "state", "use_count"), key=str),
        "rewards": sorted(Reward.objects.values_list("referral__referred__user_id", "participant__user_id", "status")),
        "results": sorted(RuleResult.objects.values_list("referral__referred__user_id", "side", "outcome")),
        "uses": sorted(CodeUse.objects.values_list("code__code", "friend__user_id", "referral__referred__user_id")),
    }


@pytest.mark.parametrize(("seed", "chunk"), [(1, 1000), (2, 1000), (3, 1000), (4, 7), (5, 1)])
def test_a_file_comes_out_as_its_rows_one_after_the_other(known, chunks_of, seed, chunk):
    chunks_of(chunk)
    rows = random_rows(Random(seed), 60)
    with transaction.atomic():
        refused, expected = upserted(rows), state()
        transaction.set_rollback(True)

    job = run(upload("\n".join([HEADER, *map(line, rows)]), choices=AT_ONCE))

    found = state()
    for name, rows_found in found.items():
        assert (name, rows_found) == (name, expected[name])
    assert counts(job) == (60, 60 - refused, 0, refused)
    assert len(expected["referrals"]) > 5
    assert len(expected["rewards"]) > 5


def test_the_same_file_again_writes_nothing(known):
    lines = [line(row) for row in random_rows(Random(6), 30)]
    applied(HEADER, *lines)
    before = state()

    again = applied(HEADER, *lines[::-1])

    assert state()["referrals"] == before["referrals"]
    assert state()["audit"] == before["audit"]
    assert again.rows_unchanged > 0


def test_a_code_is_taken_from_a_row_that_changes_nothing_else(known):
    job = applied("accountId,id,referredBy.code", "a1,a1,ONE0", "a2,a2,")
    again = applied("accountId,id,referredBy.code", "a2,a2,", "a1,a1,one0")

    assert counts(job) == (2, 2, 0, 0)  # both get the share links that they lack
    assert counts(again) == (2, 0, 2, 0)
    assert Referral.objects.get().referred == user("a1")


def test_an_advocate_further_down_the_file_is_not_known_yet(known):
    job = applied(
        "accountId,id,referralCodes.one,referredBy.code", "f1,f1,,HERS", "f2,f2,HERS,", "f3,f3,,hers", "f4,f4,,f4"
    )

    assert counts(job) == (4, 4, 0, 0)
    assert list(Touch.objects.order_by("pk").values_list("friend__user_id", "outcome", "advocate__user_id")) == [
        ("f1", "unknown_code", None),
        ("f3", "attributed", "f2"),
        ("f4", "unknown_code", None),
    ]
    assert job.totals == {"new": 4, "referred": 1}
