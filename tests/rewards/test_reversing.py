from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.models import RewardEntry
from rewards.operations import cancel_reward, expire_rewards, redeem_reward, reverse_redemption
from rewards.operations.errors import EntryNotReversible
from tests.factories import make_reward

pytestmark = pytest.mark.django_db


def test_a_reversed_redemption_gives_its_amount_back(reward_of_30, by, at):
    entry = redeem_reward(reward=reward_of_30, amount=1000, key="a", by=by, at=at)

    reversal = reverse_redemption(entry=entry, by=by, at=at, note="Wrong person")

    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status) == (0, "AVAILABLE")
    assert (reversal.kind, reversal.amount, reversal.reverses) == ("REVERSAL", 1000, entry)
    assert (reversal.note, reversal.user_id) == ("Wrong person", by.user_id)


def test_a_fully_redeemed_reward_is_available_again(reward_of_30, by, at):
    entry = redeem_reward(reward=reward_of_30, amount=3000, key="a", by=by, at=at)

    reverse_redemption(entry=entry, by=by, at=at)

    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status, reward_of_30.date_redeemed) == (0, "AVAILABLE", None)


def test_a_fully_redeemed_reward_past_its_expiry_comes_back_expired(by, at):
    reward = make_reward(date_expires=at + timedelta(hours=1))
    entry = redeem_reward(reward=reward, amount=3000, key="a", by=by, at=at)

    reverse_redemption(entry=entry, by=by, at=at + timedelta(hours=2))

    reward.refresh_from_db()
    assert (reward.redeemed, reward.status, reward.date_redeemed) == (0, "EXPIRED", None)


def test_a_cancelled_reward_stays_cancelled_with_less_redeemed(reward_of_30, by, at):
    entry = redeem_reward(reward=reward_of_30, amount=1000, key="a", by=by, at=at)
    cancel_reward(reward=reward_of_30, reason="Returned", by=by, at=at)

    reverse_redemption(entry=entry, by=by, at=at)

    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status) == (0, "CANCELLED")


def test_an_expired_reward_stays_expired_with_less_redeemed(by, at):
    reward = make_reward(date_expires=at + timedelta(hours=1))
    entry = redeem_reward(reward=reward, amount=1000, key="a", by=by, at=at)
    expire_rewards(at=at + timedelta(hours=2))

    reverse_redemption(entry=entry, by=by, at=at + timedelta(hours=3))

    reward.refresh_from_db()
    assert (reward.redeemed, reward.status) == (0, "EXPIRED")


def test_a_redemption_is_reversed_once(reward_of_30, by, at):
    entry = redeem_reward(reward=reward_of_30, amount=1000, key="a", by=by, at=at)
    reverse_redemption(entry=entry, by=by, at=at)

    with pytest.raises(EntryNotReversible):
        reverse_redemption(entry=entry, by=by, at=at)

    reward_of_30.refresh_from_db()
    assert reward_of_30.redeemed == 0
    assert RewardEntry.objects.count() == 2


def test_a_reversal_is_not_reversed(reward_of_30, by, at):
    entry = redeem_reward(reward=reward_of_30, amount=1000, key="a", by=by, at=at)
    reversal = reverse_redemption(entry=entry, by=by, at=at)

    with pytest.raises(EntryNotReversible):
        reverse_redemption(entry=reversal, by=by, at=at)

    assert RewardEntry.objects.count() == 2
