from __future__ import annotations

from datetime import timedelta

import pytest

from outbox.models import Email
from programs.operations import erase_participant
from rewards.models import Reward, RuleResult, RuleTally
from rewards.operations import release_scheduled_rewards
from rewards.rules import give_for_conversion, give_for_sign_up, give_for_sign_ups, switch_rule
from tests.factories import (
    make_attributed_order,
    make_catalog_reward,
    make_conversion,
    make_participant,
    make_program,
    make_referral,
    make_rule,
    make_unit,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def referral(db):
    return make_referral()


def outcomes(results) -> list[str]:
    return [result.outcome for result in results]


def test_a_sign_up_gives_the_advocate_a_reward_that_names_its_cause(referral, at):
    rule = make_rule(program=referral.program, trigger="SIGN_UP", name="Thank you", pending_count=14)

    (result,) = give_for_sign_up(referral=referral, at=at)

    reward = Reward.objects.get()
    assert (reward.participant, reward.amount, reward.unit, reward.name) == (
        referral.referrer,
        1000,
        make_unit(),
        "Thank you",
    )
    assert (reward.source, reward.program, reward.referral, reward.rule, reward.conversion) == (
        "FRIEND_SIGNUP",
        referral.program,
        referral,
        rule,
        None,
    )
    assert (reward.status, reward.date_scheduled_for) == ("PENDING", at + timedelta(days=14))
    assert (result.reward, result.outcome, result.side, result.participant) == (
        reward,
        "GIVEN",
        "ADVOCATE",
        referral.referrer,
    )


def test_a_rule_for_both_gives_each_side_its_reward(referral, at):
    make_rule(program=referral.program, trigger="SIGN_UP", audience="BOTH")

    give_for_sign_up(referral=referral, at=at)

    given = {reward.participant: (reward.source, reward.amount) for reward in Reward.objects.all()}
    assert given == {referral.referrer: ("FRIEND_SIGNUP", 1000), referral.referred: ("REFERRED", 1000)}


def test_an_order_gives_a_part_of_its_amount_to_the_friend(at):
    order = make_attributed_order(amount=12345)
    make_rule(program=order.program, audience="FRIEND", gives="SHARE", order_share=1000, unit=make_unit())

    give_for_conversion(conversion=order, at=at)

    reward = Reward.objects.get()
    assert (reward.participant, reward.amount, reward.source) == (order.friend, 1234, "REFERRED")
    assert (reward.conversion, reward.referral, reward.status) == (order, order.referral, "AVAILABLE")


def test_a_rule_gives_a_reward_of_the_catalog(referral, at):
    offer = make_catalog_reward(name="$10", amount=1000)
    make_rule(program=referral.program, trigger="SIGN_UP", gives="CATALOG", catalog_reward=offer)

    give_for_sign_up(referral=referral, at=at)

    assert (Reward.objects.get().catalog_reward, Reward.objects.get().name) == (offer, "$10")


def test_a_rule_gives_a_discount(referral, at):
    make_rule(program=referral.program, trigger="SIGN_UP", gives="DISCOUNT", amount=15)

    give_for_sign_up(referral=referral, at=at)

    assert (Reward.objects.get().type, Reward.objects.get().amount) == ("PCT_DISCOUNT", 15)


@pytest.mark.parametrize("other", [{"is_on": False}, {"trigger": "CONVERSION"}, {"program": "another"}])
def test_rules_for_something_else_give_nothing(referral, at, other):
    fields = {"program": referral.program, "trigger": "SIGN_UP", **other}
    make_rule(**fields | ({"program": make_program()} if fields["program"] == "another" else {}))

    assert give_for_sign_up(referral=referral, at=at) == []

    assert not Reward.objects.exists()
    assert not RuleResult.objects.exists()


def test_a_sign_up_is_rewarded_once(referral, at):
    make_rule(program=referral.program, trigger="SIGN_UP", audience="BOTH")
    give_for_sign_up(referral=referral, at=at)

    assert give_for_sign_up(referral=referral, at=at) == []

    assert Reward.objects.count() == 2


def test_an_order_is_rewarded_once_and_the_next_one_again(at):
    order = make_attributed_order()
    make_rule(program=order.program)
    give_for_conversion(conversion=order, at=at)
    give_for_conversion(conversion=order, at=at)

    give_for_conversion(conversion=make_attributed_order(referral=order.referral), at=at)

    assert Reward.objects.count() == 2


def test_several_sign_ups_are_rewarded_in_one_call(at):
    program = make_program()
    advocate = make_participant()
    referrals = [make_referral(program=program, referrer=advocate) for _ in range(3)]
    make_rule(program=program, trigger="SIGN_UP", audience="BOTH", limit_each=2)

    results = give_for_sign_ups(referrals=referrals, at=at)

    assert sorted(outcomes(results)) == ["GIVEN"] * 5 + ["LIMIT_REACHED"]
    assert Reward.objects.filter(participant=advocate).count() == 2


def test_past_the_limit_the_reason_is_kept_and_the_friend_still_rewarded(at):
    order = make_attributed_order()
    make_rule(program=order.program, audience="BOTH", limit_each=1)
    give_for_conversion(conversion=order, at=at)
    second = make_attributed_order(referral=make_referral(program=order.program, referrer=order.advocate))

    results = give_for_conversion(conversion=second, at=at)

    assert {result.side: result.outcome for result in results} == {"ADVOCATE": "LIMIT_REACHED", "FRIEND": "GIVEN"}
    assert Reward.objects.filter(participant=order.advocate).count() == 1
    assert RuleTally.objects.get(participant=order.advocate).given == 1


def test_a_limit_set_later_counts_what_was_given_before(at):
    order = make_attributed_order()
    rule = make_rule(program=order.program)
    give_for_conversion(conversion=order, at=at)
    rule.limit_each = 1
    rule.save()

    results = give_for_conversion(conversion=make_attributed_order(referral=order.referral), at=at)

    assert outcomes(results) == ["LIMIT_REACHED"]


def test_only_the_first_order_that_fulfils_the_rule_is_rewarded(at):
    small = make_attributed_order(amount=4000)
    smallest = {"minimum_order": 5000, "minimum_currency": "USD", "minimum_exponent": 2}
    make_rule(program=small.program, first_only=True, **smallest)
    big, bigger = (make_attributed_order(referral=small.referral, amount=amount) for amount in (6000, 7000))
    for order in (big, bigger):
        order.status, order.outcome, order.worked_at = "queued", "", None
        order.save()
    found = []
    for order in (small, big, bigger):
        order.status, order.outcome, order.worked_at = "attributed", "attributed", at
        order.save()
        found += outcomes(give_for_conversion(conversion=order, at=at))

    assert found == ["BELOW_MINIMUM", "GIVEN", "NOT_FIRST"]


def test_a_friend_who_ordered_before_there_was_the_rule_is_no_new_customer(at):
    earlier = make_attributed_order()
    make_rule(program=earlier.program, first_only=True)

    results = give_for_conversion(conversion=make_attributed_order(referral=earlier.referral), at=at)

    assert outcomes(results) == ["NOT_FIRST"]
    assert not Reward.objects.exists()


def test_an_order_that_was_reversed_before_does_not_count_as_the_first(at):
    earlier = make_attributed_order(reversed_at=at)
    make_rule(program=earlier.program, first_only=True)

    results = give_for_conversion(conversion=make_attributed_order(referral=earlier.referral), at=at)

    assert outcomes(results) == ["GIVEN"]


def test_an_order_without_an_account_rewards_the_advocate_alone(at):
    advocate = make_participant()
    order = make_conversion(
        advocate=advocate,
        status="attributed",
        outcome="attributed",
        worked_at=at,
        amount=100,
        currency="USD",
        exponent=2,
    )
    make_rule(program=order.program, audience="BOTH", first_only=True)

    results = give_for_conversion(conversion=order, at=at)

    assert {result.side: result.outcome for result in results} == {"ADVOCATE": "GIVEN", "FRIEND": "NO_ACCOUNT"}
    assert Reward.objects.get().participant == advocate
    assert give_for_conversion(conversion=order, at=at) == []


def test_an_order_that_nobody_brought_gives_nothing(at):
    order = make_conversion()
    make_rule(program=order.program)

    assert give_for_conversion(conversion=order, at=at) == []


def test_a_reversed_order_gives_nothing(at):
    order = make_attributed_order(reversed_at=at)
    make_rule(program=order.program)

    assert give_for_conversion(conversion=order, at=at) == []


def test_an_order_in_another_currency_gives_no_part_and_says_so(at):
    order = make_attributed_order(currency="EUR")
    make_rule(program=order.program, gives="SHARE", order_share=500, unit=make_unit("CASH/USD"))

    assert outcomes(give_for_conversion(conversion=order, at=at)) == ["OTHER_CURRENCY"]
    assert not Reward.objects.exists()


def test_a_blocked_advocates_reward_waits_until_the_block_ends(at):
    advocate = make_participant(date_blocked=at)
    referral = make_referral(referrer=advocate)
    make_rule(program=referral.program, trigger="SIGN_UP")

    give_for_sign_up(referral=referral, at=at)

    reward = Reward.objects.get()
    assert (reward.status, reward.pending_reason) == ("PENDING", "SUSPECTED_FRAUD")
    advocate.date_blocked = None
    advocate.save()
    release_scheduled_rewards(at=at)
    reward.refresh_from_db()
    assert reward.status == "AVAILABLE"


def test_who_was_deleted_gets_nothing_and_the_other_side_theirs(referral, by, at):
    make_rule(program=referral.program, trigger="SIGN_UP", audience="BOTH")
    erase_participant(participant=referral.referrer, do_not_track=False, by=by, at=at)
    referral.refresh_from_db()

    results = give_for_sign_up(referral=referral, at=at)

    assert {result.side: result.outcome for result in results} == {"ADVOCATE": "DELETED", "FRIEND": "GIVEN"}


def test_a_rule_that_is_switched_off_leaves_what_it_gave(referral, by, at):
    rule = make_rule(program=referral.program, trigger="SIGN_UP")
    give_for_sign_up(referral=referral, at=at)

    switch_rule(rule=rule, on=False, by=by, at=at)
    give_for_sign_up(referral=make_referral(program=referral.program), at=at)

    assert Reward.objects.get().status == "AVAILABLE"


def test_nothing_is_owed_by_mail_unless_the_rule_says_so(referral, at):
    make_rule(program=referral.program, trigger="SIGN_UP")

    give_for_sign_up(referral=referral, at=at)

    assert not Email.objects.exists()
