from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from rewards.models import LARGEST_AMOUNT, CatalogReward, Reward, RewardUnit
from tests.conftest import NOON
from tests.factories import make_catalog_reward, make_reward, make_unit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"amount": 0}, "rewards_reward_amount"),
        ({"amount": LARGEST_AMOUNT + 1}, "rewards_reward_amount"),
        ({"amount": 101, "type": "PCT_DISCOUNT", "unit": None}, "rewards_reward_amount"),
        ({"type": "PCT_DISCOUNT", "amount": 10}, "rewards_reward_unit"),
        ({"unit": None, "amount": 10}, "rewards_reward_unit"),
        ({"redeemed": -1}, "rewards_reward_redeemed"),
        ({"redeemed": 3001}, "rewards_reward_redeemed"),
        ({"type": "INTEGRATION", "redeemed": 1}, "rewards_reward_redeemed"),
        ({"fuel_tank_code": "SAVE10"}, "rewards_reward_code"),
        ({"date_given": None}, "rewards_reward_status"),
        ({"redeemed": 3000}, "rewards_reward_status"),
        ({"status": "PENDING", "date_given": NOON}, "rewards_reward_status"),
        ({"status": "REDEEMED", "redeemed": 2999}, "rewards_reward_status"),
        ({"status": "EXPIRED", "date_expires": None}, "rewards_reward_status"),
        ({"status": "CANCELLED", "date_cancelled": None}, "rewards_reward_cancelled"),
        ({"date_cancelled": NOON}, "rewards_reward_cancelled"),
        ({"cancelled_reason": "Returned"}, "rewards_reward_cancelled"),
        ({"status": "REDEEMED", "date_redeemed": None}, "rewards_reward_redeemed_date"),
        ({"date_redeemed": NOON}, "rewards_reward_redeemed_date"),
        ({"status": "PENDING", "pending_reason": ""}, "rewards_reward_pending"),
        ({"pending_reason": "US_TAX"}, "rewards_reward_pending"),
        ({"status": "PENDING", "date_scheduled_for": None}, "rewards_reward_scheduled"),
    ],
)
def test_a_reward_that_makes_no_sense_is_refused_by_the_database(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_reward(**fields)

    assert not Reward.objects.exists()


@pytest.mark.parametrize("status", Reward.Status.values)
def test_a_reward_of_every_status_is_accepted(status):
    assert make_reward(status=status).status == status


def test_your_own_id_is_unique_but_may_be_absent():
    make_reward(unique_id="order-7")
    make_reward(unique_id=None)
    make_reward(unique_id=None)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_reward(unique_id="order-7")

    assert Reward.objects.count() == 3


def test_a_percentage_and_a_fuel_tank_percentage_need_no_unit():
    assert make_reward(type="PCT_DISCOUNT", unit=None, amount=100).is_percentage
    assert make_reward(type="FUELTANK", unit=None, amount=15, fuel_tank_code="SAVE15").is_percentage


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"exponent": 5}, "rewards_unit_exponent"),
        ({"currency": ""}, "rewards_unit_currency"),
        ({"kind": "POINTS"}, "rewards_unit_currency"),
    ],
)
def test_a_unit_that_makes_no_sense_is_refused_by_the_database(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_unit("CASH/USD", **fields)

    assert not RewardUnit.objects.exists()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"amount": 0}, "rewards_catalog_amount"),
        ({"type": "PCT_DISCOUNT"}, "rewards_catalog_unit"),
        ({"unit": None, "amount": 10}, "rewards_catalog_unit"),
    ],
)
def test_a_catalog_reward_that_makes_no_sense_is_refused_by_the_database(fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_catalog_reward(**fields)

    assert not CatalogReward.objects.exists()


def test_a_reward_cancelled_before_it_was_given_lists_both_statuses():
    pending = make_reward(status="CANCELLED", date_given=None)
    given = make_reward(status="CANCELLED")

    assert pending.statuses == ("PENDING", "CANCELLED")
    assert given.statuses == ("CANCELLED",)


def test_public_ids_have_24_hexadecimal_digits_and_differ():
    ids = {make_reward().public_id for _ in range(20)}

    assert len(ids) == 20
    assert all(len(one) == 24 and int(one, 16) for one in ids)
