"""The database decides between concurrent callers; on SQLite they take turns, on PostgreSQL they really race."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Sum

from rewards.models import Reward, RewardEntry
from rewards.operations import (
    Terms,
    cancel_reward,
    expire_rewards,
    grant_reward,
    redeem_reward,
    release_scheduled_rewards,
    reverse_redemption,
)
from rewards.operations.errors import AlreadyRedeemed, AlreadyReversed, RewardNotRedeemable, UniqueIdTaken
from team.audit import SYSTEM
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.factories import make_participant, make_reward, make_unit

pytestmark = pytest.mark.django_db(transaction=True)


def redeemed_by_entries(reward: Reward) -> int:
    taken = reward.entries.filter(kind="REDEMPTION").aggregate(sum=Sum("amount"))["sum"] or 0
    given_back = reward.entries.filter(kind="REVERSAL").aggregate(sum=Sum("amount"))["sum"] or 0
    return taken - given_back


def test_of_80_redemptions_of_a_reward_of_30_exactly_30_are_accepted(at):
    reward = make_reward(amount=30)
    calls = [
        partial(redeem_reward, reward=reward, amount=1, key=f"order-{number}", by=SYSTEM, at=at) for number in range(80)
    ]

    outcomes = race(calls, threads=16)

    assert Counter(type(outcome) for outcome in outcomes) == {RewardEntry: 30, AlreadyRedeemed: 50}
    reward.refresh_from_db()
    assert (reward.redeemed, reward.status, redeemed_by_entries(reward)) == (30, "REDEEMED", 30)
    assert AuditEntry.objects.filter(action="reward.redeemed").count() == 30


def test_the_same_key_from_8_threads_makes_one_entry(at):
    reward = make_reward(amount=30)
    call = partial(redeem_reward, reward=reward, amount=10, key="order-7", by=SYSTEM, at=at)

    outcomes = race([call] * 8)

    assert len({entry.pk for entry in outcomes}) == 1
    reward.refresh_from_db()
    assert (reward.redeemed, RewardEntry.objects.count()) == (10, 1)


def test_redeeming_cancelling_and_expiring_at_once_leave_one_winner_for_the_rest(at):
    for number in range(10):
        reward = make_reward(amount=30, date_expires=at + timedelta(hours=1))
        redeem = partial(redeem_reward, reward=reward, amount=30, key=f"order-{number}", by=SYSTEM, at=at)
        cancel = partial(cancel_reward, reward=reward, reason="Returned", by=SYSTEM, at=at)
        expire = partial(expire_rewards, at=at + timedelta(hours=2))

        redemption, cancellation, expired = race([redeem, cancel, expire])

        reward.refresh_from_db()
        winners = {
            "REDEEMED": isinstance(redemption, RewardEntry),
            "CANCELLED": cancellation is None,
            "EXPIRED": expired == 1,
        }
        assert [status for status, has_won in winners.items() if has_won] == [reward.status]
        assert reward.redeemed == redeemed_by_entries(reward) == (30 if reward.status == "REDEEMED" else 0)


def test_a_part_redeemed_while_the_reward_is_cancelled_is_kept_or_refused_whole(at):
    for number in range(10):
        reward = make_reward(amount=30)
        redeem = partial(redeem_reward, reward=reward, amount=10, key=f"order-{number}", by=SYSTEM, at=at)
        cancel = partial(cancel_reward, reward=reward, reason="Returned", by=SYSTEM, at=at)

        redemption, _cancellation = race([redeem, cancel])

        reward.refresh_from_db()
        was_redeemed = isinstance(redemption, RewardEntry)
        assert was_redeemed or isinstance(redemption, RewardNotRedeemable)
        assert (reward.status, reward.redeemed) == ("CANCELLED", 10 if was_redeemed else 0)
        assert redeemed_by_entries(reward) == reward.redeemed


def test_one_redemption_is_reversed_once_by_8_threads(at):
    reward = make_reward(amount=30)
    entry = redeem_reward(reward=reward, amount=30, key="order-7", by=SYSTEM, at=at)

    outcomes = race([partial(reverse_redemption, entry=entry, by=SYSTEM, at=at)] * 8)

    assert Counter(type(outcome) for outcome in outcomes) == {RewardEntry: 1, AlreadyReversed: 7}
    reward.refresh_from_db()
    assert (reward.redeemed, reward.status, redeemed_by_entries(reward)) == (0, "AVAILABLE", 0)


def test_the_same_unique_id_from_8_threads_gives_one_reward(at):
    ada, terms = make_participant(), Terms(amount=1, unit=make_unit())
    call = partial(grant_reward, participant=ada, terms=terms, unique_id="order-7", by=SYSTEM, at=at)

    outcomes = race([call] * 8)

    assert Counter(type(outcome) for outcome in outcomes) == {Reward: 1, UniqueIdTaken: 7}
    assert Reward.objects.count() == 1


def test_the_same_reward_is_released_and_expired_once_by_4_schedulers(at):
    ada = make_participant()
    for _ in range(40):
        make_reward(participant=ada, status="PENDING", date_expires=at + timedelta(hours=1))

    released = race([partial(release_scheduled_rewards, at=at, chunk=7)] * 4)
    expired = race([partial(expire_rewards, at=at + timedelta(hours=1), chunk=7)] * 4)

    counted = AuditEntry.objects.filter(action="reward.released").values_list("changes", flat=True)
    assert sum(change["count"][1] for change in counted) == sum(released) <= 40
    assert release_scheduled_rewards(at=at) == 40 - sum(released)
    expire_rewards(at=at + timedelta(hours=1))
    assert sum(expired) <= 40
    assert Reward.objects.filter(status="EXPIRED", date_given=at).count() == 40
