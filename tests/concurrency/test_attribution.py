"""First-touch attribution when everybody comes at once; on SQLite they take turns, on PostgreSQL they really race."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial

import pytest
from django.db import transaction

from programs.models import Conversion, Participant, Referral, Touch
from programs.operations import Registration, block_participant
from promocodes.models import CodePool, CodeUse, PromoCode
from rewards.attribution import SentCode, attribute, upsert_user
from rewards.attribution.attributing_many import Friend, attribute_many
from rewards.attribution.conversions import work_off_conversion
from rewards.models import Reward
from team.audit import SYSTEM
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import (
    make_code,
    make_conversion,
    make_participant,
    make_pool,
    make_program,
    make_referral,
    make_referral_code,
    make_rule,
)
from tests.promocodes.sets import add_codes, held

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 64
THREADS = 16
Door = Touch.Door


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Tell no worker anything: none runs here."""
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


def sign_up(user, *texts):
    return partial(
        upsert_user,
        account_id=user,
        user_id=user,
        registration=Registration(values={"first_name": user}),
        touches=[SentCode(text, Door.UPSERT) for text in texts],
        by=SYSTEM,
        at=NOON,
    )


def outcomes_of(results):
    """Return how often each outcome came; an error would be one, too."""
    return Counter(
        outcome.outcome.value if not isinstance(result, Exception) else repr(result)
        for result in results
        for outcome in (result.outcomes if not isinstance(result, Exception) else [None])
    )


def while_blocking(participant, call):
    """Make the call while a transaction that blocks the participant is still open, and return what the call returns."""
    begun, done = threading.Event(), threading.Event()

    def block():
        with transaction.atomic():
            block_participant(participant=participant, reason="Fraud", by=SYSTEM, at=NOON)
            begun.set()
            done.wait(1)  # whoever does not wait for this transaction is done before it

    def late():
        begun.wait(20)
        try:
            return call()
        finally:
            done.set()

    return race([block, late])[1]


@pytest.fixture
def ada(db):
    return make_participant(account_id="ada", user_id="ada", first_name="Ada")


def test_a_one_time_code_in_64_sign_ups_attributes_one_and_explains_63(ada):
    pool = make_pool(codes_each=1)
    make_rule(program=pool.program, trigger="SIGN_UP")
    make_referral_code(participant=ada, program=pool.program)
    make_code("SPRING-1", pool=pool, participant=ada)
    add_codes(pool, 200)

    results = race([sign_up(f"friend-{number}", "spring-1") for number in range(CLIENTS)], threads=THREADS)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert outcomes_of(results) == {"attributed": 1, "code_used": 63}
    referral = Referral.objects.get()
    use = CodeUse.objects.get()
    assert (use.friend, use.referral) == (referral.referred, referral)
    assert Counter(Touch.objects.values_list("outcome", flat=True)) == {"attributed": 1, "code_used": 63}
    assert Touch.objects.get(outcome="attributed").friend == referral.referred
    assert Participant.objects.count() == 65
    assert Reward.objects.get().participant == ada
    assert held(pool, ada) == 1  # another one in place of the one that is used


def test_two_codes_for_one_friend_make_one_referral():
    program = make_program()
    codes = [make_referral_code(program=program, code=f"CODE-{number}").code for number in range(8)]
    cleo = make_participant(account_id="cleo", user_id="cleo")
    calls = [
        partial(attribute, friend=cleo, touches=[SentCode(code, Door.UPSERT)], sent_by="", at=NOON) for code in codes
    ]

    results = race(calls * 2)

    assert [result for result in results if isinstance(result, Exception)] == []
    referral = Referral.objects.get()
    touches = dict(Touch.objects.values_list("text", "outcome"))
    assert touches == dict.fromkeys(codes, "already_referred") | {referral.code_used: "attributed"}


def test_the_same_sign_up_from_16_threads_is_one():
    make_referral_code(code="ADA")
    make_rule(program=make_program(), trigger="SIGN_UP")

    results = race([sign_up("cleo", "ADA")] * THREADS)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert {tuple(result.referred_by) for result in results} == {("ADA",)}
    assert (Participant.objects.filter(user_id="cleo").count(), Referral.objects.count()) == (1, 1)
    assert [touch.outcome for touch in Touch.objects.all()] == ["attributed"]


def test_an_account_whose_users_sign_up_at_once_is_referred_once():
    program = make_program()
    codes = [make_referral_code(program=program, code=f"CODE-{number}").code for number in range(8)]
    friends = [make_participant(account_id="acme", user_id=f"user-{number}") for number in range(8)]
    calls = [
        partial(attribute, friend=friend, touches=[SentCode(code, Door.UPSERT)], sent_by="", at=NOON)
        for friend, code in zip(friends, codes, strict=True)
    ]

    results = race(calls)

    assert [result for result in results if isinstance(result, Exception)] == []
    assert Referral.objects.count() == 1
    assert Counter(Touch.objects.values_list("outcome", flat=True)) == {"attributed": 1, "already_referred": 7}


def test_friends_who_come_with_the_same_codes_in_another_order_wait_for_nobody_in_a_circle(ada):
    pools = [make_pool(kind=CodePool.Kind.MULTI_USE, codes_each=1), make_pool(codes_each=1)]
    make_code("MANY", pool=pools[0], participant=ada)
    ben = make_participant()
    for number in range(THREADS):
        make_code(f"ONE-{number}", pool=pools[1], participant=[ada, ben][number % 2])
    calls = [sign_up(f"friend-{n}", *["MANY", f"ONE-{n}"][:: 1 if n % 2 else -1]) for n in range(THREADS)]

    results = race(calls)

    assert outcomes_of(results) == {"attributed": 2 * THREADS}
    assert Referral.objects.count() == 2 * THREADS
    assert PromoCode.objects.get(code="MANY").use_count == THREADS


def alone(friend):
    (outcome,) = attribute(friend=friend, touches=[SentCode("ADA", Door.APPLIED)], sent_by="shop", at=NOON)
    return outcome


def among_many(friend):
    ((outcome,),) = attribute_many(
        friends=[Friend(friend, [SentCode("ADA", Door.IMPORT)])], sent_by="ann@example.com", at=NOON
    )
    return outcome


@pytest.mark.parametrize("refer", [alone, among_many])
@pytest.mark.parametrize(
    ("who", "outcome"), [("ada", "advocate_blocked"), ("cleo", "friend_blocked")], ids=["advocate", "friend"]
)
def test_who_is_being_blocked_is_waited_for_and_then_refers_nobody(ada, refer, who, outcome):
    code = make_referral_code(code="ADA", participant=ada)
    make_rule(program=code.program, trigger="SIGN_UP")
    cleo = make_participant(account_id="cleo", user_id="cleo")

    found = while_blocking({"ada": ada, "cleo": cleo}[who], partial(refer, cleo))

    assert found.outcome == outcome
    assert not Referral.objects.exists()
    assert not Reward.objects.exists()
    assert Touch.objects.get().outcome == outcome


@pytest.mark.parametrize("is_known", [True, False], ids=["a friend's order", "an order by nobody in particular"])
def test_an_order_that_comes_while_its_advocate_is_blocked_counts_for_nobody(ada, is_known):
    code = make_referral_code(code="ADA", participant=ada)
    make_rule(program=code.program)
    cleo = make_participant(account_id="cleo", user_id="cleo") if is_known else None
    if cleo is not None:
        make_referral(program=code.program, referrer=ada, referred=cleo)
    order = make_conversion(program=code.program, friend=cleo, promo_code="" if is_known else "ADA")

    while_blocking(ada, partial(work_off_conversion, conversion_id=order.pk, at=NOON))

    order = Conversion.objects.get()
    assert (order.status, order.outcome, order.advocate) == ("not_attributed", "advocate_blocked", None)
    assert not Reward.objects.exists()
