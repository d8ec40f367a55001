"""A rule's limit, its first order and its giving once are decided by the database, whoever comes at once."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from programs.models import Conversion
from rewards.models import Reward, RuleResult, RuleTally
from rewards.rules import (
    RuleDefinition,
    change_rule,
    give_for_conversion,
    give_for_new_sign_ups,
    give_for_sign_up,
    take_back_for_conversion,
)
from rewards.rules.errors import RuleChangedMeanwhile
from team.audit import SYSTEM
from tests.concurrency.racing import race
from tests.factories import make_attributed_order, make_participant, make_program, make_referral, make_rule

pytestmark = pytest.mark.django_db(transaction=True)


def orders_of(advocate, program, count):
    return [
        make_attributed_order(referral=make_referral(program=program, referrer=advocate)) for _number in range(count)
    ]


def test_of_32_orders_at_once_a_limit_of_5_rewards_exactly_5(at):
    advocate, program = make_participant(), make_program()
    make_rule(program=program, limit_each=5)
    calls = [partial(give_for_conversion, conversion=order, at=at) for order in orders_of(advocate, program, 32)]

    found = race(calls)

    assert Counter(result.outcome for results in found for result in results) == {"GIVEN": 5, "LIMIT_REACHED": 27}
    assert Reward.objects.filter(participant=advocate).count() == 5
    assert RuleTally.objects.get().given == 5


def test_the_same_order_from_16_threads_is_rewarded_once(at):
    order = make_attributed_order()
    make_rule(program=order.program, audience="BOTH")

    found = race([partial(give_for_conversion, conversion=order, at=at)] * 16)

    assert sum(len(results) for results in found) == 2
    assert Counter(RuleResult.objects.values_list("side", flat=True)) == {"ADVOCATE": 1, "FRIEND": 1}
    assert (Reward.objects.count(), RuleTally.objects.get().given) == (2, 1)


def test_the_same_sign_up_from_16_threads_is_rewarded_once(at):
    referral = make_referral()
    make_rule(program=referral.program, trigger="SIGN_UP")

    found = race([partial(give_for_sign_up, referral=referral, at=at)] * 16)

    assert sum(len(results) for results in found) == 1
    assert Reward.objects.count() == 1


def test_of_a_friends_orders_at_once_one_is_the_first(at):
    referral = make_referral()
    make_rule(program=referral.program, first_only=True)
    orders = [make_attributed_order(referral=referral) for _number in range(8)]
    # Each is looked at as if no other had been: that is what a transaction of its own sees.
    Conversion.objects.update(status="queued", outcome="", worked_at=None)

    found = race([partial(give_for_conversion, conversion=order, at=at) for order in orders])

    assert Counter(result.outcome for results in found for result in results) == {"GIVEN": 1, "NOT_FIRST": 7}
    assert Reward.objects.count() == 1


def test_of_many_sign_ups_at_once_by_8_threads_a_limit_of_5_rewards_exactly_5(at):
    program = make_program()
    advocates = [make_participant() for _number in range(3)]
    make_rule(program=program, trigger="SIGN_UP", audience="BOTH", limit_each=5)
    referrals = [
        [make_referral(program=program, referrer=advocate) for advocate in (*advocates, *reversed(advocates))]
        for _thread in range(8)
    ]
    many = [partial(give_for_new_sign_ups, referrals=each, at=at) for each in referrals[:4]]
    single = [partial(give_for_sign_up, referral=one, at=at) for each in referrals[4:] for one in each]

    race([*many, *single])

    for advocate in advocates:
        outcomes = RuleResult.objects.filter(participant=advocate).values_list("outcome", flat=True)
        assert Counter(outcomes) == {"GIVEN": 5, "LIMIT_REACHED": 11}
        assert Reward.objects.filter(participant=advocate).count() == 5
        assert RuleTally.objects.get(participant=advocate).given == 5


def test_an_order_taken_back_by_8_threads_gives_one_turn_back(at):
    order = make_attributed_order()
    make_rule(program=order.program, limit_each=3)
    give_for_conversion(conversion=order, at=at)
    give_for_conversion(conversion=make_attributed_order(referral=order.referral), at=at)

    found = race([partial(take_back_for_conversion, conversion=order, by=SYSTEM, at=at)] * 8)

    assert sum(len(taken.cancelled) for taken in found) == 1
    assert RuleTally.objects.get().given == 1


def test_of_two_changes_at_once_one_is_asked_to_look_again(at):
    rule = make_rule()
    calls = [
        partial(
            change_rule,
            rule=rule,
            definition=RuleDefinition(
                name=name, trigger="CONVERSION", audience="ADVOCATE", gives="AMOUNT", unit=rule.unit, amount=1000
            ),
            seen_at=at,
            by=SYSTEM,
            at=at.replace(minute=minute),
        )
        for minute, name in enumerate(("One", "Two"), start=1)
    ]

    found = race(calls)

    assert sum(isinstance(outcome, RuleChangedMeanwhile) for outcome in found) == 1
    rule.refresh_from_db()
    assert rule.name in {"One", "Two"}
