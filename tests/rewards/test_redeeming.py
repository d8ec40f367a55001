from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.models import RewardEntry
from rewards.operations import redeem_reward
from rewards.operations.errors import (
    AlreadyRedeemed,
    AmountNotPositive,
    KeyReused,
    RewardNotRedeemable,
    TooLittleLeft,
)
from team.audit import Actor
from team.models import AuditEntry
from tests.factories import make_reward

pytestmark = pytest.mark.django_db


def test_redeeming_a_part_leaves_the_rest_available(reward_of_30, by, at):
    entry = redeem_reward(reward=reward_of_30, amount=1055, key="order-7", by=by, at=at, note="Paid by bank")

    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.left, reward_of_30.status) == (1055, 1945, "AVAILABLE")
    assert reward_of_30.date_redeemed is None
    assert (entry.reward, entry.participant, entry.amount) == (reward_of_30, reward_of_30.participant, 1055)
    assert (entry.kind, entry.at, entry.note, entry.user_id) == ("REDEMPTION", at, "Paid by bank", by.user_id)


def test_redeeming_all_ends_the_reward(reward_of_30, by, at):
    redeem_reward(reward=reward_of_30, amount=1000, key="a", by=by, at=at)
    later = at + timedelta(hours=1)

    redeem_reward(reward=reward_of_30, amount=2000, key="b", by=by, at=later)

    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status, reward_of_30.date_redeemed) == (3000, "REDEEMED", later)


def test_a_redemption_is_audited_with_what_was_before(reward_of_30, by, at):
    redeem_reward(reward=reward_of_30, amount=1000, key="a", by=by, at=at)
    redeem_reward(reward=reward_of_30, amount=500, key="b", by=by, at=at)

    changes = AuditEntry.objects.filter(action="reward.redeemed").order_by("id").values_list("changes", flat=True)
    assert [change["redeemed"] for change in changes] == [[0, 1000], [1000, 1500]]


def test_redeeming_more_than_is_left_is_refused_and_changes_nothing(reward_of_30, by, at):
    with pytest.raises(TooLittleLeft) as refusal:
        redeem_reward(reward=reward_of_30, amount=3001, key="order-7", by=by, at=at)

    reward_of_30.refresh_from_db()
    assert reward_of_30.redeemed == 0
    assert not RewardEntry.objects.exists()
    assert not AuditEntry.objects.exists()
    assert str(refusal.value) == "Only $30.00 of this reward is left, less than $30.01."


@pytest.mark.parametrize("amount", [0, -1])
def test_redeeming_nothing_is_refused(reward_of_30, by, at, amount):
    with pytest.raises(AmountNotPositive):
        redeem_reward(reward=reward_of_30, amount=amount, key="order-7", by=by, at=at)

    assert not RewardEntry.objects.exists()


@pytest.mark.parametrize("status", ["PENDING", "EXPIRED", "CANCELLED"])
def test_only_an_available_reward_is_redeemed(by, at, status):
    reward = make_reward(status=status)

    with pytest.raises(RewardNotRedeemable):
        redeem_reward(reward=reward, amount=1, key="order-7", by=by, at=at)

    reward.refresh_from_db()
    assert (reward.redeemed, reward.status) == (0, status)
    assert not RewardEntry.objects.exists()


def test_a_redeemed_reward_says_that_it_is_already_redeemed(by, at):
    reward = make_reward(status="REDEEMED")

    with pytest.raises(AlreadyRedeemed) as refusal:
        redeem_reward(reward=reward, amount=1, key="order-7", by=by, at=at)

    assert str(refusal.value) == "This reward is already fully redeemed."
    assert not RewardEntry.objects.exists()


def test_past_its_expiry_a_reward_is_not_redeemed_though_the_task_has_not_run(by, at):
    reward = make_reward(date_expires=at)

    with pytest.raises(RewardNotRedeemable) as refusal:
        redeem_reward(reward=reward, amount=1, key="order-7", by=by, at=at)

    assert refusal.value.params["status"] == "Expired"
    reward.refresh_from_db()
    assert reward.redeemed == 0


def test_just_before_its_expiry_a_reward_is_redeemed(by, at):
    reward = make_reward(date_expires=at + timedelta(microseconds=1))

    redeem_reward(reward=reward, amount=3000, key="order-7", by=by, at=at)

    reward.refresh_from_db()
    assert reward.status == "REDEEMED"


@pytest.mark.parametrize("fields", [{"type": "PCT_DISCOUNT", "unit": None, "amount": 10}, {"type": "INTEGRATION"}])
def test_what_is_no_credit_is_not_redeemed(by, at, fields):
    reward = make_reward(**fields)

    with pytest.raises(RewardNotRedeemable):
        redeem_reward(reward=reward, amount=1, key="order-7", by=by, at=at)

    assert not RewardEntry.objects.exists()


def test_the_same_key_again_redeems_once(reward_of_30, by, at):
    first = redeem_reward(reward=reward_of_30, amount=3000, key="order-7", by=by, at=at)

    again = redeem_reward(reward=reward_of_30, amount=3000, key="order-7", by=by, at=at)

    assert again == first
    reward_of_30.refresh_from_db()
    assert reward_of_30.redeemed == 3000
    assert RewardEntry.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_a_key_of_another_redemption_is_refused(reward_of_30, by, at):
    redeem_reward(reward=reward_of_30, amount=1000, key="order-7", by=by, at=at)

    with pytest.raises(KeyReused):
        redeem_reward(reward=reward_of_30, amount=1001, key="order-7", by=by, at=at)
    with pytest.raises(KeyReused):
        redeem_reward(reward=make_reward(), amount=1000, key="order-7", by=by, at=at)

    reward_of_30.refresh_from_db()
    assert reward_of_30.redeemed == 1000
    assert RewardEntry.objects.count() == 1


def test_an_entry_made_without_a_person_names_its_actor(reward_of_30, at):
    entry = redeem_reward(reward=reward_of_30, amount=1, key="a", by=Actor(label="Shop key"), at=at)

    assert (entry.user_id, entry.actor) == (None, "Shop key")
