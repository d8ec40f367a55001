from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.models import Reward, RuleResult, RuleTally
from rewards.operations import cancel_reward, redeem_reward
from rewards.rules import give_for_conversion, take_back_for_conversion
from team.models import AuditEntry
from tests.factories import make_attributed_order, make_reward, make_rule

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db):
    return make_attributed_order(order_id="ORDER-7")


def give(order, at, **fields) -> Reward:
    make_rule(program=order.program, **fields)
    give_for_conversion(conversion=order, at=at)
    return Reward.objects.filter(conversion=order).latest("pk")


def test_what_is_pending_or_available_is_cancelled_with_its_reason(order, by, at):
    pending = give(order, at, pending_count=14)
    available = give(order, at, audience="FRIEND")
    stranger = make_reward()

    taken = take_back_for_conversion(conversion=order, by=by, at=at)

    assert taken.cancelled == [pending, available]
    assert taken.kept == []
    assert set(Reward.objects.filter(conversion=order).values_list("status", "cancelled_reason")) == {
        ("CANCELLED", "The order ORDER-7 was reversed.")
    }
    stranger.refresh_from_db()
    assert stranger.status == "AVAILABLE"
    assert AuditEntry.objects.filter(action="reward.cancelled").count() == 2


def test_of_a_partly_redeemed_reward_the_rest_is_cancelled_and_the_redeemed_part_named(order, by, at):
    reward = give(order, at)
    redeem_reward(reward=reward, amount=400, key="k", by=by, at=at)

    taken = take_back_for_conversion(conversion=order, by=by, at=at)

    assert taken.cancelled == [reward]
    assert [kept.why for kept in taken.kept] == ["$4.00 of $10.00 had been redeemed and stays redeemed."]
    reward.refresh_from_db()
    assert (reward.status, reward.redeemed) == ("CANCELLED", 400)
    assert RuleResult.objects.get().outcome == "GIVEN"


def test_a_redeemed_reward_stays_and_is_named(order, by, at):
    reward = give(order, at)
    redeem_reward(reward=reward, amount=1000, key="k", by=by, at=at)

    taken = take_back_for_conversion(conversion=order, by=by, at=at)

    assert taken.cancelled == []
    assert [(kept.reward, kept.why) for kept in taken.kept] == [
        (reward, "All of it, $10.00, had been redeemed and stays redeemed.")
    ]
    reward.refresh_from_db()
    assert reward.status == "REDEEMED"


def test_an_expired_reward_stays_expired_and_is_named(order, by, at):
    give(order, at, validity_count=1, validity_period="DAYS")

    taken = take_back_for_conversion(conversion=order, by=by, at=at + timedelta(days=2))

    assert [kept.why for kept in taken.kept] == ["It had expired, so there was nothing to take back."]
    assert Reward.objects.get().status == "AVAILABLE"


def test_what_was_cancelled_before_is_left_out(order, by, at):
    cancel_reward(reward=give(order, at), reason="Given twice", by=by, at=at)

    taken = take_back_for_conversion(conversion=order, by=by, at=at)

    assert (taken.cancelled, taken.kept) == ([], [])
    assert Reward.objects.get().cancelled_reason == "Given twice"


def test_once_more_takes_nothing_more(order, by, at):
    give(order, at)
    take_back_for_conversion(conversion=order, by=by, at=at)

    taken = take_back_for_conversion(conversion=order, by=by, at=at)

    assert (taken.cancelled, taken.kept) == ([], [])


def test_what_was_taken_back_counts_for_neither_the_limit_nor_the_first_order(order, by, at):
    reward = give(order, at, limit_each=1, first_only=True)
    take_back_for_conversion(conversion=order, by=by, at=at)
    order.reversed_at = at
    order.save()

    (result,) = give_for_conversion(conversion=make_attributed_order(referral=order.referral), at=at)

    assert result.outcome == "GIVEN"
    assert RuleResult.objects.get(reward=reward).outcome == "TAKEN_BACK"
    assert RuleTally.objects.get().given == 1


def test_a_reversed_order_is_not_rewarded_again(order, by, at):
    give(order, at)
    take_back_for_conversion(conversion=order, by=by, at=at)

    assert give_for_conversion(conversion=order, at=at) == []
