from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.models import Reward, RewardRule, RuleResult
from rewards.operations import redeem_reward
from rewards.rules import give_for_conversion, take_back_for_conversion
from rewards.rules.words import REASONS, percent_text, result_text, rule_sentence
from tests.factories import make_attributed_order, make_catalog_reward, make_rule, make_unit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"pending_count": 14},
            "When a friend's order arrives, the advocate gets $10.00, pending 14 days.",
        ),
        (
            {"trigger": "SIGN_UP", "audience": "BOTH", "validity_count": 1, "validity_period": "YEARS"},
            "When a friend signs up, advocate and friend each get $10.00, valid for 1 year.",
        ),
        (
            {"audience": "FRIEND", "gives": "DISCOUNT", "amount": 15, "first_only": True},
            "When a friend's order arrives, the friend gets 15% off, for the friend's first order only.",
        ),
        (
            {"trigger": "SIGN_UP", "limit_each": 5, "pending_count": 1, "pending_period": "MONTHS"},
            "When a friend signs up, the advocate gets $10.00, pending 1 month, at most 5 times for each advocate.",
        ),
        (
            {"minimum_order": 5000, "minimum_currency": "USD", "minimum_exponent": 2},
            "When a friend's order arrives, the advocate gets $10.00, for orders of at least $50.00.",
        ),
        (
            {"limit_each": 1},
            "When a friend's order arrives, the advocate gets $10.00, at most 1 time for each advocate.",
        ),
    ],
)
def test_a_rule_reads_as_one_sentence(fields, sentence):
    assert rule_sentence(make_rule(**fields)) == sentence


def test_a_part_of_the_order_and_a_catalog_reward_are_named():
    share = make_rule(gives="SHARE", order_share=750, unit=make_unit("CREDIT/CAD", name="Store credit"))
    offer = make_rule(gives="CATALOG", catalog_reward=make_catalog_reward(name="Coffee for two"))

    assert "the advocate gets 7.5% of the order as Store credit." in rule_sentence(share)
    assert "the advocate gets “Coffee for two”." in rule_sentence(offer)


@pytest.mark.parametrize(("share", "text"), [(10000, "100%"), (500, "5%"), (750, "7.5%"), (1, "0.01%"), (333, "3.33%")])
def test_percentages_have_no_more_digits_than_they_need(share, text):
    assert percent_text(share) == text


def test_every_reason_for_giving_nothing_has_its_sentence():
    assert REASONS.keys() == set(RuleResult.Outcome.values) - {"GIVEN", "TAKEN_BACK"}


def test_every_rule_that_the_database_knows_has_a_sentence():
    for trigger in RewardRule.Trigger.values:
        for audience in RewardRule.Audience.values:
            assert "gets" in rule_sentence(make_rule(trigger=trigger, audience=audience)) or audience == "BOTH"


def test_the_words_of_a_result_follow_what_a_reversal_did(by, at):
    order = make_attributed_order()
    for _number in range(3):
        make_rule(program=order.program)
    give_for_conversion(conversion=order, at=at)
    _whole, partly, redeemed = Reward.objects.order_by("pk")
    redeem_reward(reward=partly, amount=400, key="a", by=by, at=at)
    redeem_reward(reward=redeemed, amount=1000, key="b", by=by, at=at)
    before = [result_text(result, at=at) for result in RuleResult.objects.order_by("pk")]

    order.reversed_at = at + timedelta(hours=1)
    order.save()
    take_back_for_conversion(conversion=order, by=by, at=at)

    assert before == ["", "", ""]
    assert [result_text(result, at=at) for result in RuleResult.objects.order_by("pk")] == [
        "The order was reversed and the reward taken back.",
        "The order was reversed and the rest taken back. $4.00 of $10.00 had been redeemed and stays redeemed.",
        "The order was reversed. All of it, $10.00, had been redeemed and stays redeemed.",
    ]
