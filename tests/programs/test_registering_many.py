from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from django.db import transaction

from advocate.lib.errors import DomainError
from programs.models import Participant, ReferralCode, SearchTerm, ShareLink
from programs.operations import Entry, Registration, erase_participant, register_many, upsert_participant
from programs.operations.share_links import ALPHABET, LENGTH, random_slugs
from promocodes.models import CodeHolder, PromoCode
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program, make_referral_code, stock_pool

pytestmark = pytest.mark.django_db

RNG = Random(1)
PROFILE = {"first_name", "last_name", "email", "referable"}


def entry(user: str, *, account: str = "", **sent) -> Entry:
    values = {name: sent.pop(name) for name in list(sent) if name in PROFILE}
    return Entry(account or user, user, Registration(values=values, **sent))


def register(*entries: Entry, by):
    return register_many(entries=entries, by=by, at=NOON, rng=RNG)


def test_newcomers_are_found_have_codes_and_links_and_stand_in_the_audit_list(by):
    program = make_program(key="shop")

    entered = register(entry("u1", first_name="Ana", last_name="García", email="ana@example.com"), entry("u2"), by=by)

    ana = Participant.objects.get(user_id="u1")
    assert (ana.first_name, ana.last_name, ana.email, ana.created_at) == ("Ana", "García", "ana@example.com", NOON)
    assert [one.is_new for one in entered] == [True, True]
    assert entered[0].codes == {"shop": "ANAGARCIA"}
    code = ReferralCode.objects.get(participant=ana)
    assert (code.code, code.program, code.is_primary, code.disabled_at) == ("ANAGARCIA", program, True, None)
    assert len(ShareLink.objects.get(code=code).slug) == LENGTH
    assert {"ana", "garcia", "u1"} <= set(SearchTerm.objects.filter(participant=ana).values_list("term", flat=True))
    assert list(AuditEntry.objects.filter(object_id=ana.pk).order_by("pk").values_list("action", "changes")) == [
        ("participant.added", {"account_id": [None, "u1"], "user_id": [None, "u1"]}),
        ("participant.joined", {"program": [None, program.name], "code": [None, "ANAGARCIA"]}),
    ]


def test_only_what_was_sent_changes(by):
    make_program()
    known = make_participant(
        user_id="u1", account_id="u1", first_name="Ana", last_name="Old", segments=["a", "b"], custom_fields={"x": 1}
    )

    entered = register(
        entry(
            "u1",
            last_name="New",
            add_segments=["c"],
            remove_segments=["a"],
            custom_fields={"y": True},
            custom_texts={"x": "1", "z": "1"},
        ),
        by=by,
    )

    known.refresh_from_db()
    assert (known.first_name, known.last_name, known.segments) == ("Ana", "New", ["b", "c"])
    assert known.custom_fields == {"x": 1, "y": True, "z": "1"}
    assert not entered[0].is_new
    changed = AuditEntry.objects.get(action="participant.changed")
    assert changed.changes["last_name"] == ["Old", "New"]
    assert SearchTerm.objects.filter(participant=known, term="new").exists()


def test_who_is_registered_again_with_the_same_is_not_changed(by):
    make_program()
    register(entry("u1", first_name="Ana"), by=by)
    before = AuditEntry.objects.count()

    entered = register(entry("u1", first_name="Ana"), by=by)

    assert (entered[0].is_new, entered[0].changes, entered[0].codes) == (False, {}, {})
    assert AuditEntry.objects.count() == before


def test_a_code_from_before_there_were_links_gets_one(by):
    program = make_program()
    code = make_referral_code(program=program, participant=make_participant(account_id="u1", user_id="u1"))

    register(entry("u1"), by=by)

    assert ShareLink.objects.get().code == code


def test_namesakes_get_codes_of_their_own(by):
    make_program()
    make_program()
    make_referral_code(code="AnaGarcia")
    stock_pool(make_pool(program=make_program(status="draft")), "ADALOVELACE")

    entered = register(
        *(entry(f"u{n}", first_name="Ana", last_name="García") for n in range(40)),
        entry("ada", first_name="Ada", last_name="Lovelace"),
        entry("li", first_name="李", last_name="娜"),
        by=by,
    )

    texts = [text for one in entered for text in one.codes.values()]
    assert len({text.lower() for text in texts}) == len(texts) == 42 * 3
    assert all(text.startswith("ANAGARCIA") for text in texts[:120])
    assert texts[120].startswith("ADALOVELACE")
    assert len(texts[120]) == len("ADALOVELACE") + 2


def test_a_code_wished_for_is_given_to_the_first_who_wishes_and_the_others_are_refused(by):
    make_program(key="shop")

    entered = register(
        entry("u0", first_name="Ana", last_name="One"),
        entry("u1", codes={"shop": "HERS"}),
        entry("u2", first_name="Bea", last_name="Lee", codes={"shop": "hers"}),
        entry("u3", first_name="Bea", last_name="Lee"),
        entry("u4", codes={"shop": "ANAONE"}),
        entry("u5", codes={"nowhere": "X"}),
        by=by,
    )

    assert [one.refusal and one.refusal.code for one in entered] == [
        None,
        None,
        "code_taken",
        None,
        "code_taken",
        "invalid_value",
    ]
    assert entered[3].codes == {"shop": "BEALEE"}
    assert set(Participant.objects.values_list("user_id", flat=True)) == {"u0", "u1", "u3"}


def test_who_must_not_be_tracked_or_finds_the_account_full_is_refused(by, monkeypatch):
    monkeypatch.setattr("programs.operations.registering_many.MOST_ON_ACCOUNT", 2)
    erase_participant(participant=make_participant(account_id="x", user_id="x"), do_not_track=True, by=by, at=NOON)
    make_participant(account_id="full", user_id="1")

    entered = register(
        entry("x"), entry("2", account="full"), entry("3", account="full"), entry("1", account="full"), by=by
    )

    assert [one.refusal and one.refusal.code for one in entered] == ["do_not_track", None, "account_full", None]


def test_newcomers_get_promo_codes_as_far_as_the_stock_goes_in_their_order(by):
    pool = make_pool(codes_each=2)
    stock_pool(pool, "P1", "P2", "P3")

    entered = register(entry("u1"), entry("u2"), entry("u3"), by=by)

    people = [one.participant.pk for one in entered]
    held = [PromoCode.objects.filter(participant=pk, state=PromoCode.State.ASSIGNED).count() for pk in people]
    waiting = CodeHolder.objects.order_by("waiting_since", "pk").filter(waiting_since__isnull=False)
    assert held == [2, 1, 0]
    assert list(waiting.values_list("participant", flat=True)) == people[1:]


def test_who_comes_while_others_wait_queues_behind_them(by):
    pool = make_pool(codes_each=1)
    first = make_participant()
    CodeHolder.objects.create(pool=pool, participant=first, joined_at=NOON, waiting_since=NOON - timedelta(hours=1))
    stock_pool(pool, "P1", "P2", "P3")

    register(entry("u1"), by=by)

    assert not PromoCode.objects.filter(participant__isnull=False).exists()
    assert CodeHolder.objects.filter(waiting_since=NOON).count() == 1


def test_slugs_are_of_the_alphabet_and_all_different():
    slugs = random_slugs(1_000, Random(3))

    assert len(set(slugs)) == 1_000
    assert {len(slug) for slug in slugs} == {LENGTH}
    assert set("".join(slugs)) == set(ALPHABET)


def state() -> list[dict]:
    """Return all participants with what hangs on them, without primary keys."""
    fields = ("user_id", "first_name", "last_name", "email", "referable", "segments", "custom_fields", "updated_at")
    found = []
    for participant in Participant.objects.order_by("user_id"):
        audit = AuditEntry.objects.filter(object_type="programs.participant", object_id=participant.pk).order_by("pk")
        found.append(
            {
                **{name: getattr(participant, name) for name in fields},
                "terms": sorted(SearchTerm.objects.filter(participant=participant).values_list("term", flat=True)),
                "codes": sorted(ReferralCode.objects.filter(participant=participant).values_list("code", flat=True)),
                "links": ShareLink.objects.filter(code__participant=participant).count(),
                "audit": [(one.at, one.actor, one.action, one.object_label, one.changes) for one in audit],
            }
        )
    return found


def random_entries(rng: Random) -> list[Entry]:
    """Return entries of some people, several for most; nobody's name is another's, so that no code is by chance."""

    def sometimes(sent: dict) -> dict:
        return sent if rng.random() < 0.3 else {}

    return [
        entry(
            f"u{rng.randrange(40)}",
            first_name=f"Name{number}",
            **sometimes({"last_name": rng.choice(["Kim", "李", "O'Brien"])}),
            **sometimes({"email": f"{number}@example.com"}),
            **sometimes({"add_segments": [rng.choice("abc")], "remove_segments": [rng.choice("abc")]}),
            **sometimes({"custom_fields": {rng.choice("xy"): rng.choice([1, True, None])}}),
            **sometimes({"codes": {"one": f"W{rng.randrange(5)}"}}),
        )
        for number in range(100)
    ]


def one_by_one(entries, by) -> list[str]:
    refused = []
    for one in entries:
        ids = {"account_id": one.account_id, "user_id": one.user_id}
        try:
            with transaction.atomic():
                upsert_participant(**ids, registration=one.registration, by=by, at=NOON)
        except DomainError as error:
            refused.append(error.code)
    return refused


def in_batches(entries, by) -> list[str]:
    """Register as many at once as have ids of their own."""
    refused: list[str] = []
    waiting = list(entries)
    while waiting:
        batch: dict[str, Entry] = {}
        while waiting and waiting[0].user_id not in batch:
            one = waiting.pop(0)
            batch[one.user_id] = one
        refused += [one.refusal.code for one in register(*batch.values(), by=by) if one.refusal]
    return refused


@pytest.mark.parametrize("seed", range(5))
def test_many_at_once_come_out_as_one_after_the_other(by, seed):
    make_program(key="one")
    make_program(status="paused")
    entries = random_entries(Random(seed))
    with transaction.atomic():
        expected = one_by_one(entries, by), state()
        transaction.set_rollback(True)

    assert (in_batches(entries, by), state()) == expected
    assert len(expected[0]) > 3
