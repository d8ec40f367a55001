from __future__ import annotations

import pytest

from advocate.lib.clock import now
from rewards.models import CatalogReward, RewardUnit
from tests.factories import make_catalog_reward, make_reward, make_unit
from tests.query_counts import counted_queries
from tests.rewards.pages import text_of, url_of

pytestmark = pytest.mark.django_db


def test_units_are_listed_in_a_steady_number_of_queries(desk):
    for key in ("CASH/USD", "CASH/JPY", "POINT"):
        make_unit(key)

    with counted_queries("rewards.units"):
        content = text_of(desk.get(url_of("rewardunit_changelist")))

    assert "CASH/JPY" in content


def test_a_money_unit_gets_its_id_and_digits_from_its_currency(desk):
    desk.post(
        url_of("rewardunit_add"), {"kind": "CASH", "name": "Dinars", "currency": "KWD", "key": "", "exponent": ""}
    )

    unit = RewardUnit.objects.get()
    assert (unit.key, unit.exponent, unit.currency) == ("CASH/KWD", 3, "KWD")


@pytest.mark.parametrize("form", [{"kind": "CASH", "name": "Money"}, {"kind": "POINTS", "name": "Points"}])
def test_a_unit_without_what_its_kind_needs_is_refused(desk, form):
    assert "field__error" in text_of(desk.post(url_of("rewardunit_add"), form))
    assert not RewardUnit.objects.exists()


def test_a_used_unit_offers_only_its_name(desk):
    unit = make_unit("CASH/USD")
    make_reward(unit=unit)

    content = text_of(desk.get(url_of("rewardunit_change", unit.pk)))
    seen = unit.updated_at.isoformat()
    desk.post(url_of("rewardunit_change", unit.pk), {"seen": seen, "name": "Bucks", "exponent": "0"})

    assert 'name="exponent"' not in content
    unit.refresh_from_db()
    assert (unit.name, unit.exponent) == ("Bucks", 2)


def test_the_catalog_is_listed_in_a_steady_number_of_queries(desk):
    for number in range(5):
        entry = make_catalog_reward(name=f"Reward {number}")
        make_reward(catalog_reward=entry, date_created=now())

    with counted_queries("rewards.catalog"):
        content = text_of(desk.get(url_of("catalogreward_changelist")))

    assert "Reward 4" in content


def test_a_catalog_reward_is_added(desk):
    form = {
        "name": "Ten",
        "key": "ten",
        "type": "CREDIT",
        "unit": make_unit("CASH/USD").pk,
        "amount": "10.50",
        "validity_count": "6",
        "validity_period": "MONTHS",
        "pending_period": "DAYS",
        "is_active": "on",
    }

    desk.post(url_of("catalogreward_add"), form)

    entry = CatalogReward.objects.get()
    assert (entry.key, entry.amount, entry.validity_count, entry.pending_count) == ("ten", 1050, 6, None)


def test_a_discount_is_a_percentage_without_a_unit(desk):
    form = {
        "name": "15%",
        "key": "d",
        "type": "PCT_DISCOUNT",
        "amount": "15",
        "validity_period": "DAYS",
        "pending_period": "DAYS",
    }

    desk.post(url_of("catalogreward_add"), form | {"unit": make_unit().pk})
    refused = desk.post(url_of("catalogreward_add"), form | {"key": "e", "amount": "101"})

    entry = CatalogReward.objects.get()
    assert (entry.amount, entry.unit, entry.is_active) == (15, None, False)
    assert "at most 100" in text_of(refused)
