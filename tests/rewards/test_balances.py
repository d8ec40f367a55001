from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.queries import balances_of, given_since
from tests.factories import make_catalog_reward, make_participant, make_reward, make_unit

pytestmark = pytest.mark.django_db


def test_a_balance_sums_every_unit_apart(at, django_assert_num_queries):
    ada, usd, jpy = make_participant(), make_unit("CASH/USD"), make_unit("CASH/JPY")
    make_reward(participant=ada, unit=usd, amount=3000, redeemed=1000)
    make_reward(participant=ada, unit=usd, amount=500, date_expires=at + timedelta(days=1))
    make_reward(participant=ada, unit=usd, amount=70, date_expires=at)
    make_reward(participant=ada, unit=usd, amount=8, status="PENDING")
    make_reward(participant=ada, unit=usd, amount=900, status="REDEEMED")
    make_reward(participant=ada, unit=usd, amount=60, redeemed=20, status="EXPIRED")
    make_reward(participant=ada, unit=usd, amount=5, redeemed=1, status="CANCELLED")
    make_reward(participant=ada, unit=jpy, amount=1200)
    make_reward(unit=usd, amount=777)

    with django_assert_num_queries(2):
        dollars, yen = balances_of(ada, at=at)

    assert (dollars.unit, dollars.count) == (usd, 7)
    assert (dollars.available, dollars.pending, dollars.redeemed) == (2500, 8, 1921)
    assert (dollars.expired, dollars.cancelled) == (110, 4)
    assert (yen.unit, yen.available, yen.redeemed) == (jpy, 1200, 0)


def test_percentages_have_a_balance_without_a_unit(at):
    ada = make_participant()
    make_reward(participant=ada, type="PCT_DISCOUNT", unit=None, amount=15)

    (balance,) = balances_of(ada, at=at)

    assert (balance.type, balance.unit, balance.available) == ("PCT_DISCOUNT", None, 15)


def test_who_has_no_rewards_has_no_balances(at):
    assert balances_of(make_participant(), at=at) == []


def test_the_catalog_counts_what_was_given_in_the_last_30_days(at):
    popular, unused = make_catalog_reward(), make_catalog_reward()
    make_reward(catalog_reward=popular, date_created=at - timedelta(days=29))
    make_reward(catalog_reward=popular)
    make_reward(catalog_reward=popular, date_created=at - timedelta(days=30))

    assert given_since([popular, unused], at=at) == {popular.pk: 2}
