from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs.models import Program, Referral, Touch, TouchOutcome
from promocodes.models import CodePool, CodeUse, PromoCode
from rewards.attribution import SentCode, attribute
from rewards.attribution.touches import MOST_REFUSED
from rewards.models import Reward
from tests.factories import (
    make_code,
    make_conversion,
    make_participant,
    make_pool,
    make_program,
    make_referral,
    make_referral_code,
    make_rule,
    make_share_link,
)

pytestmark = pytest.mark.django_db
Door = Touch.Door
Source = Referral.Source


def come(friend, *texts, at, door=Door.UPSERT, **fields):
    """Attribute a friend by these codes and return the names of what came of them."""
    sent = [SentCode(text, door, **fields) for text in texts]
    return [outcome.outcome.value for outcome in attribute(friend=friend, touches=sent, sent_by="Shop", at=at)]


def kept(friend):
    touches = Touch.objects.filter(friend=friend).order_by("pk")
    return [(touch.text, touch.door, touch.outcome) for touch in touches]


def writes(captured):
    return [query["sql"] for query in captured if not query["sql"].startswith("SELECT")]


def test_a_friend_who_comes_with_a_code_is_referred_by_its_advocate(friend, ada, program, code, at):
    outcome = attribute(friend=friend, touches=[SentCode(" ada ", Door.UPSERT)], sent_by="Shop", at=at)[0]

    referral = Referral.objects.get()
    assert (outcome.outcome, outcome.program, outcome.advocate) == (TouchOutcome.ATTRIBUTED, program, ada)
    assert outcome.referral == referral
    assert (referral.program, referral.referrer, referral.referred) == (program, ada, friend)
    assert (referral.source, referral.code_used, referral.date_started) == (Source.CODE, "ADA", at)
    touch = Touch.objects.get()
    assert (touch.friend, touch.program, touch.advocate, touch.referral) == (friend, program, ada, referral)
    assert (touch.text, touch.door, touch.outcome) == ("ada", "upsert", "attributed")
    assert (touch.sent_by, touch.at, touch.conversion) == ("Shop", at, None)


@pytest.mark.parametrize(
    ("door", "source"),
    [
        (Door.UPSERT, Source.CODE),
        (Door.APPLIED, Source.CODE),
        (Door.CONVERSION, Source.CODE),
        (Door.COOKIE, Source.LINK),
        (Door.IMPORT, Source.IMPORT),
        (Door.MANUAL, Source.MANUAL),
    ],
)
def test_a_referral_says_what_it_came_through(friend, code, door, source, at):
    come(friend, "ADA", at=at, door=door)

    assert Referral.objects.get().source == source


def test_the_address_of_a_share_link_stands_for_its_code(friend, code, at):
    make_share_link(code=code, slug="k7m2p9xw4t")

    assert come(friend, "K7M2P9XW4T", at=at) == ["attributed"]

    referral = Referral.objects.get()
    assert (referral.source, referral.code_used, referral.referrer) == (Source.LINK, "ADA", code.participant)


def test_a_one_time_code_is_used_by_whom_it_attributes(friend, ada, program, at):
    promo = make_code("SPRING-1", pool=make_pool(program=program, codes_each=1), participant=ada)

    assert come(friend, "spring-1", at=at) == ["attributed"]

    referral = Referral.objects.get()
    assert (referral.source, referral.code_used, referral.referrer) == (Source.PROMO_CODE, "SPRING-1", ada)
    promo.refresh_from_db()
    assert (promo.state, promo.used_at) == (PromoCode.State.USED, at)
    use = CodeUse.objects.get()
    assert (use.code, use.friend, use.referral, use.key) == (promo, friend, referral, f"friend:{friend.pk}")


def test_a_promo_code_in_a_cookie_is_a_promo_code(friend, ada, program, at):
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)

    come(friend, "SPRING-1", at=at, door=Door.COOKIE)

    assert Referral.objects.get().source == Source.PROMO_CODE


def test_a_multi_use_code_refers_many(ada, program, at):
    make_code("SPRING", pool=make_pool(program=program, kind="multi_use", codes_each=1), participant=ada)

    for _ in range(3):
        assert come(make_participant(), "SPRING", at=at) == ["attributed"]

    assert Referral.objects.filter(referrer=ada).count() == 3
    assert PromoCode.objects.get(code="SPRING").use_count == 3


def test_the_first_valid_code_wins_and_the_others_are_kept(friend, ada, code, bens, at):
    assert come(friend, "NOBODY", "BEN", "ADA", at=at) == ["unknown_code", "attributed", "already_referred"]

    referral = Referral.objects.get()
    assert referral.referrer == bens.participant
    assert kept(friend) == [
        ("NOBODY", "upsert", "unknown_code"),
        ("BEN", "upsert", "attributed"),
        ("ADA", "upsert", "already_referred"),
    ]
    late = Touch.objects.get(text="ADA")
    assert (late.advocate, late.referral) == (ada, referral)


def test_a_later_code_changes_nothing(friend, code, bens, at):
    come(friend, "ADA", at=at)

    assert come(friend, "BEN", at=at + timedelta(days=1)) == ["already_referred"]

    assert Referral.objects.get().referrer == code.participant


def test_a_sign_up_gives_what_the_rules_say_once(friend, ada, program, code, at):
    make_rule(program=program, trigger="SIGN_UP")

    come(friend, "ADA", at=at)
    come(friend, "ADA", "NOBODY", at=at)
    come(friend, "ADA", at=at, door=Door.COOKIE)

    reward = Reward.objects.get()
    assert (reward.participant, reward.referral, reward.amount) == (ada, Referral.objects.get(), 1000)


def test_a_second_code_of_the_same_advocate_is_the_same_advocate_again(friend, code, program, at):
    make_referral_code(code="ADA-2", program=program, participant=code.participant, is_primary=False)
    come(friend, "ADA", at=at)

    assert come(friend, "ADA-2", at=at) == ["same_again"]


def test_each_program_has_its_own_referral(friend, code, ben, at):
    make_referral_code(code="SUMMER", program=make_program(key="summer"), participant=ben)

    assert come(friend, "SUMMER", "ADA", at=at) == ["attributed", "attributed"]

    found = Referral.objects.order_by("program").values_list("program__key", "referrer__user_id")
    assert list(found) == [("spring", "ada"), ("summer", "ben")]


def test_who_was_referred_by_hand_before_stays_so(friend, ben, program, code, at):
    make_referral(program=program, referrer=ben, referred=friend, source="manual")

    assert come(friend, "ADA", at=at) == ["already_referred"]


def test_a_late_one_time_code_is_not_used_up(friend, ada, program, bens, at):
    promo = make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    come(friend, "BEN", at=at)

    assert come(friend, "SPRING-1", at=at) == ["already_referred"]

    promo.refresh_from_db()
    assert promo.state == PromoCode.State.ASSIGNED


def refused(friend, text, reason, at, **fields):
    """Expect a code to be refused for a reason, which is kept, and to change nothing else."""
    codes = list(PromoCode.objects.order_by("pk").values())
    assert come(friend, text, at=at, **fields) == [reason]
    assert Referral.objects.count() == 0
    assert list(PromoCode.objects.order_by("pk").values()) == codes
    assert CodeUse.objects.count() == 0
    touch = Touch.objects.get(friend=friend)
    assert (touch.text, touch.outcome, touch.referral, touch.at) == (text, reason, None, at)
    return touch


@pytest.mark.parametrize("text", ["NOBODY", "not a code!", "ä", "A" * 300, "ADA1"])
def test_an_unknown_code_is_refused(friend, code, text, at):
    come_with = text[:255]

    assert come(friend, text, at=at) == ["unknown_code"]

    assert Touch.objects.get().text == come_with
    assert Referral.objects.count() == 0


def test_an_own_code_is_refused(ada, code, program, at):
    touch = refused(ada, "ADA", "own_code", at)

    assert (touch.program, touch.advocate) == (program, ada)


def test_the_code_of_another_user_of_the_same_account_is_an_own_code(ada, code, at):
    refused(make_participant(account_id=ada.account_id, user_id="ada-2"), "ADA", "own_code", at)


def test_a_blocked_advocate_refers_nobody(friend, ada, code, at):
    ada.date_blocked = at
    ada.save()

    refused(friend, "ADA", "advocate_blocked", at)


def test_a_blocked_friend_is_referred_by_nobody(code, at):
    refused(make_participant(date_blocked=at), "ADA", "friend_blocked", at)


def test_who_cannot_be_referred_is_not(code, at):
    refused(make_participant(referable=False), "ADA", "not_referable", at)


@pytest.mark.parametrize("status", [Program.Status.PAUSED, Program.Status.DRAFT])
def test_a_program_that_is_not_live_refers_nobody(friend, code, program, status, at):
    Program.objects.filter(pk=program.pk).update(status=status)

    refused(friend, "ADA", "program_not_live", at)


def test_a_disabled_code_refers_nobody(friend, ada, program, at):
    make_referral_code(code="OLD", program=program, participant=ada, is_primary=False, disabled_at=at)

    refused(friend, "OLD", "code_disabled", at)


def test_a_cookie_counts_until_its_time(friend, code, at):
    refused(friend, "ADA", "cookie_expired", at, door=Door.COOKIE, counts_until=at)

    assert come(friend, "ADA", at=at, door=Door.COOKIE, counts_until=at + timedelta(seconds=1)) == ["attributed"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"state": PromoCode.State.USED}, "code_used"),
        ({"state": PromoCode.State.WITHDRAWN}, "code_withdrawn"),
        ({"state": PromoCode.State.EXPIRED}, "code_expired"),
        ({"state": PromoCode.State.ASSIGNED, "is_past": True}, "code_expired"),
    ],
)
def test_a_promo_code_that_is_gone_refers_nobody(friend, ada, program, fields, reason, at):
    promo = make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    past = at if fields.pop("is_past", False) or reason == "code_expired" else None
    dates = {"used_at": at if reason == "code_used" else None, "expires_at": past}
    PromoCode.objects.filter(pk=promo.pk).update(withdrawn_at=at, **dates, **fields)

    refused(friend, "SPRING-1", reason, at)


def test_a_code_in_stock_refers_nobody(friend, program, at):
    make_code("SPRING-1", pool=make_pool(program=program))

    refused(friend, "SPRING-1", "code_not_assigned", at)


def test_the_fallback_code_refers_nobody(friend, program, at):
    pool = make_pool(program=program, kind=CodePool.Kind.MULTI_USE, codes_each=1)
    make_code("FALLBACK", pool=pool)
    PromoCode.objects.update(state=PromoCode.State.SHARED)

    refused(friend, "FALLBACK", "code_not_assigned", at)


def test_an_account_is_referred_once_in_a_program(friend, ada, code, bens, at):
    come(friend, "ADA", at=at)
    colleague = make_participant(account_id=friend.account_id, user_id="colleague")

    assert come(colleague, "BEN", at=at) == ["already_referred"]
    assert come(colleague, "ADA", at=at) == ["already_referred"]

    assert Referral.objects.count() == 1
    assert Touch.objects.filter(friend=colleague, referral=Referral.objects.get()).count() == 2


def test_a_refusal_that_is_over_is_tried_again(friend, code, program, at):
    Program.objects.filter(pk=program.pk).update(status="paused")
    come(friend, "ADA", at=at)
    Program.objects.filter(pk=program.pk).update(status="live")

    assert come(friend, "ADA", at=at + timedelta(days=1)) == ["attributed"]

    assert kept(friend) == [("ADA", "upsert", "program_not_live"), ("ADA", "upsert", "attributed")]


@pytest.mark.parametrize(
    ("texts", "statements"), [(["ADA"], 1), (["ADA", "BEN"], 1), (["NOBODY"], 4), (["DISABLED"], 2)]
)
def test_the_same_again_writes_nothing_and_asks_little(friend, code, bens, program, texts, statements, at):
    make_referral_code(code="DISABLED", program=program, participant=code.participant, is_primary=False, disabled_at=at)
    first = come(friend, *texts, at=at)
    touches = kept(friend)

    with CaptureQueriesContext(connection) as captured:
        assert come(friend, *texts, at=at + timedelta(hours=1)) == first

    assert kept(friend) == touches
    assert writes(captured.captured_queries) == []
    assert len(captured) == statements


def test_the_same_code_twice_in_one_call_counts_once(friend, code, at):
    assert come(friend, "ADA", "ada", " ADA", "", "  ", at=at) == ["attributed"]

    assert kept(friend) == [("ADA", "upsert", "attributed")]


def test_what_no_database_stores_is_kept_without_it(friend, code, at):
    assert come(friend, "A\x00DA", "\ud800x", at=at) == ["attributed", "unknown_code"]

    assert kept(friend) == [("ADA", "upsert", "attributed"), ("?x", "upsert", "unknown_code")]


def test_nothing_sent_asks_nothing(friend, django_assert_num_queries, at):
    with django_assert_num_queries(0):
        assert come(friend, at=at) == []


def test_of_somebody_who_tries_codes_not_every_one_is_kept(friend, code, at):
    come(friend, *[f"GUESS{number}" for number in range(MOST_REFUSED)], at=at)

    assert come(friend, "ONE-MORE", "ADA", at=at) == ["unknown_code", "attributed"]

    assert Touch.objects.filter(friend=friend).count() == MOST_REFUSED + 1
    assert not Touch.objects.filter(text="ONE-MORE").exists()


def test_a_code_with_an_order_attributes_its_friend(friend, ada, program, at):
    promo = make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    conversion = make_conversion(program=program, friend=friend)

    assert come(friend, "SPRING-1", at=at, door=Door.CONVERSION, conversion=conversion) == ["attributed"]

    assert Touch.objects.get().conversion == conversion
    assert CodeUse.objects.get().key == f"conversion:{conversion.public_id}"
    promo.refresh_from_db()
    assert promo.state == PromoCode.State.USED


def test_an_order_uses_its_code_though_the_friend_was_referred_before(friend, ada, program, bens, at):
    promo = make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    come(friend, "BEN", at=at)
    conversion = make_conversion(program=program, friend=friend)

    assert come(friend, "SPRING-1", at=at, door=Door.CONVERSION, conversion=conversion) == ["already_referred"]

    promo.refresh_from_db()
    assert promo.state == PromoCode.State.USED
    assert CodeUse.objects.get().referral == Referral.objects.get()


def test_a_code_used_by_the_friends_sign_up_is_the_same_again_with_their_orders(friend, ada, program, at):
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    come(friend, "SPRING-1", at=at)

    for _ in range(2):
        conversion = make_conversion(program=program, friend=friend)
        assert come(friend, "SPRING-1", at=at, door=Door.CONVERSION, conversion=conversion) == ["same_again"]

    assert CodeUse.objects.count() == 1
    assert Touch.objects.filter(outcome="same_again", conversion__isnull=False).count() == 2


def test_a_code_used_by_one_friend_is_refused_to_another_who_orders(friend, ada, program, at):
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    come(friend, "SPRING-1", at=at)
    other = make_participant()
    conversion = make_conversion(program=program, friend=other)

    assert come(other, "SPRING-1", at=at, door=Door.CONVERSION, conversion=conversion) == ["code_used"]

    assert Referral.objects.count() == 1
