"""The database decides between concurrent registrations; on SQLite they take turns, on PostgreSQL they really race."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from advocate.lib import db
from programs.models import Participant, ParticipantEvent, ReferralCode, ShareLink
from programs.operations import (
    Entry,
    EventsSentBefore,
    NewEvent,
    Registration,
    erase_participant,
    record_events,
    register_many,
    upsert_participant,
)
from team.audit import SYSTEM
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.factories import make_participant, make_program

pytestmark = pytest.mark.django_db(transaction=True)


def upsert(at, **values):
    return partial(
        upsert_participant,
        account_id="acme",
        user_id="ada",
        registration=Registration(values=values),
        by=SYSTEM,
        at=at,
    )


def test_the_same_new_user_from_16_threads_is_one_with_one_code_in_each_program(at):
    make_program(key="first")
    make_program(key="second")

    outcomes = race([upsert(at, first_name="Ada")] * 16)

    assert len({(outcome.participant.pk, *outcome.codes.items()) for outcome in outcomes}) == 1
    assert Counter(outcome.is_new for outcome in outcomes)[True] == 1
    assert Participant.objects.count() == 1
    assert ReferralCode.objects.count() == 2
    assert AuditEntry.objects.filter(action="participant.added").count() == 1


def test_files_and_calls_with_the_same_new_users_make_each_of_them_once(at):
    make_program(key="first")
    entries = [Entry(f"u{number}", f"u{number}", Registration(values={"first_name": "Ada"})) for number in range(20)]
    files = [partial(register_many, entries=entries[start:], by=SYSTEM, at=at) for start in (0, 5, 10)]
    calls = [
        partial(
            upsert_participant,
            account_id=one.account_id,
            user_id=one.user_id,
            registration=one.registration,
            by=SYSTEM,
            at=at,
        )
        for one in entries[::4]
    ]

    works: list[Callable[[], object]] = [*files, *calls]
    outcomes = race([partial(db.retry_deadlocks, work) for work in works])

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert Participant.objects.count() == ReferralCode.objects.count() == ShareLink.objects.count() == 20
    assert len({code.lower() for code in ReferralCode.objects.values_list("code", flat=True)}) == 20
    assert AuditEntry.objects.filter(action="participant.added").count() == 20
    assert AuditEntry.objects.filter(action="participant.joined").count() == 20


def test_two_calls_that_send_different_parts_of_a_profile_both_have_their_way(at):
    for _ in range(10):
        Participant.objects.filter(user_id="ada").delete()
        ada = make_participant(account_id="acme", user_id="ada", first_name="")
        segments = [Registration(add_segments=[f"s{number}"]) for number in range(4)]
        calls = [
            partial(upsert_participant, account_id="acme", user_id="ada", registration=one, by=SYSTEM, at=at)
            for one in segments
        ]

        race([upsert(at, first_name="Ada"), upsert(at, last_name="Byron"), *calls])

        ada.refresh_from_db()
        assert (ada.first_name, ada.last_name) == ("Ada", "Byron")
        assert sorted(ada.segments) == ["s0", "s1", "s2", "s3"]


def test_the_same_idempotency_key_from_16_threads_stores_one_event(at):
    ada = make_participant()
    events = [NewEvent(key="purchase", fields={"order_id": "1"})]
    call = partial(record_events, participant=ada, events=events, idempotency_key="order-1-paid", by=SYSTEM, at=at)

    outcomes = race([call] * 16)

    assert Counter(type(outcome) for outcome in outcomes) == {list: 1, EventsSentBefore: 15}
    assert ParticipantEvent.objects.count() == 1


def test_a_participant_is_erased_once_by_8_threads(at):
    ada = make_participant()

    outcomes = race([partial(erase_participant, participant=ada, do_not_track=True, by=SYSTEM, at=at)] * 8)

    assert sum(outcome is True for outcome in outcomes) == 1
    assert AuditEntry.objects.filter(action="participant.deleted").count() == 1
