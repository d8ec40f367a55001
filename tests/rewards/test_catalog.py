from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.models import CatalogReward
from rewards.operations import CatalogDefinition, add_catalog_reward, change_catalog_reward
from rewards.operations.errors import CatalogKeyTaken, CatalogRewardChangedMeanwhile, TermsNotValid
from team.models import AuditEntry
from tests.factories import make_catalog_reward, make_reward, make_unit

pytestmark = pytest.mark.django_db


def definition(**fields) -> CatalogDefinition:
    return CatalogDefinition(**{"key": "ten", "name": "$10", "amount": 1000, "unit": make_unit(), **fields})


def test_a_catalog_reward_is_added_and_audited(by, at):
    entry = add_catalog_reward(definition=definition(validity_count=6), by=by, at=at)

    entry.refresh_from_db()
    assert (entry.key, entry.name, entry.amount, entry.is_active) == ("ten", "$10", 1000, True)
    assert (entry.validity_count, entry.validity_period) == (6, "MONTHS")
    assert AuditEntry.objects.get().action == "catalog.added"


def test_a_key_is_taken_once(by, at):
    add_catalog_reward(definition=definition(), by=by, at=at)

    with pytest.raises(CatalogKeyTaken):
        add_catalog_reward(definition=definition(name="Another"), by=by, at=at)

    assert CatalogReward.objects.count() == 1


@pytest.mark.parametrize("fields", [{"amount": 0}, {"unit": None}, {"type": "PCT_DISCOUNT"}])
def test_a_value_that_does_not_fit_its_type_is_refused(by, at, fields):
    with pytest.raises(TermsNotValid):
        add_catalog_reward(definition=definition(**fields), by=by, at=at)

    assert not CatalogReward.objects.exists()


def test_changing_the_catalog_leaves_given_rewards_alone(by, at):
    entry = make_catalog_reward(key="ten", name="$10", amount=1000)
    given = make_reward(catalog_reward=entry, amount=1000)
    credit = make_unit("CREDIT/CAD")

    change_catalog_reward(
        catalog_reward=entry, seen_at=at, definition=definition(amount=2000, unit=credit), by=by, at=at
    )

    entry.refresh_from_db()
    given.refresh_from_db()
    assert (entry.amount, entry.unit) == (2000, credit)
    assert (given.amount, given.unit) == (1000, make_unit("CASH/USD"))
    assert AuditEntry.objects.get().changes == {"amount": [1000, 2000], "unit": ["CASH/USD", "CREDIT/CAD"]}


def test_who_saw_an_older_version_does_not_overwrite_the_newer(by, at):
    entry = make_catalog_reward(key="ten")
    change_catalog_reward(
        catalog_reward=entry, seen_at=at, definition=definition(name="First"), by=by, at=at + timedelta(seconds=1)
    )

    with pytest.raises(CatalogRewardChangedMeanwhile):
        change_catalog_reward(catalog_reward=entry, seen_at=at, definition=definition(name="Second"), by=by, at=at)

    entry.refresh_from_db()
    assert entry.name == "First"
