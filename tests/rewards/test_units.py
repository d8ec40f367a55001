from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from programs.operations import InvalidValue
from rewards.models import RewardUnit
from rewards.operations import UnitDefinition, add_unit, change_unit, digits_of
from rewards.operations.errors import UnitChangedMeanwhile, UnitInUse, UnitKeyTaken
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_catalog_reward, make_reward, make_unit

pytestmark = pytest.mark.django_db

DOLLARS = UnitDefinition(key="CASH/USD", kind="CASH", name="US dollars", currency="USD", exponent=2)


def test_a_unit_is_added_and_audited(by, at):
    unit = add_unit(definition=DOLLARS, by=by, at=at)

    unit.refresh_from_db()
    assert (unit.key, unit.kind, unit.name, unit.currency, unit.exponent) == (
        "CASH/USD",
        "CASH",
        "US dollars",
        "USD",
        2,
    )
    assert AuditEntry.objects.get().action == "unit.added"


def test_a_key_is_taken_once(by, at):
    add_unit(definition=DOLLARS, by=by, at=at)

    with pytest.raises(UnitKeyTaken):
        add_unit(definition=DOLLARS, by=by, at=at)

    assert RewardUnit.objects.count() == 1


@pytest.mark.parametrize("key", ["", "cash usd", "a/b/c", "现金", "x" * 65, "CASH/USD\n"])
def test_a_key_that_files_could_not_name_is_refused(by, at, key):
    with pytest.raises(InvalidValue):
        add_unit(definition=replace(DOLLARS, key=key), by=by, at=at)

    assert not RewardUnit.objects.exists()


def test_an_unused_unit_changes_freely(by, at):
    unit = make_unit("CASH/USD")

    changed = change_unit(
        unit=unit, seen_at=NOON, definition=replace(DOLLARS, key="CREDIT/USD", exponent=0), by=by, at=at
    )

    assert (changed.key, changed.exponent) == ("CREDIT/USD", 0)


@pytest.mark.parametrize("make_use", [make_reward, make_catalog_reward])
@pytest.mark.parametrize(
    "change",
    [{"key": "CASH/US"}, {"exponent": 3}, {"kind": "CREDIT"}, {"currency": "CAD"}],
)
def test_what_gives_amounts_their_meaning_stays_once_the_unit_is_used(by, at, make_use, change):
    unit = make_unit("CASH/USD", name="US dollars")
    make_use(unit=unit)

    with pytest.raises(UnitInUse):
        change_unit(unit=unit, seen_at=NOON, definition=replace(DOLLARS, **change), by=by, at=at)

    unit.refresh_from_db()
    assert (unit.key, unit.exponent, unit.kind, unit.currency) == ("CASH/USD", 2, "CASH", "USD")


def test_a_used_unit_can_be_renamed(by, at):
    unit = make_unit("CASH/USD")
    make_reward(unit=unit)

    change_unit(unit=unit, seen_at=NOON, definition=replace(DOLLARS, name="Bucks"), by=by, at=at)

    unit.refresh_from_db()
    assert unit.name == "Bucks"
    assert AuditEntry.objects.get().changes == {"name": ["CASH/USD", "Bucks"]}


def test_who_saw_an_older_unit_does_not_overwrite_the_newer(by, at):
    unit = make_unit("CASH/USD")
    change_unit(unit=unit, seen_at=NOON, definition=replace(DOLLARS, name="First"), by=by, at=at + timedelta(seconds=1))

    with pytest.raises(UnitChangedMeanwhile):
        change_unit(
            unit=unit, seen_at=NOON, definition=replace(DOLLARS, name="Second"), by=by, at=at + timedelta(seconds=2)
        )

    unit.refresh_from_db()
    assert unit.name == "First"


def test_renaming_to_a_taken_key_is_refused(by, at):
    make_unit("CREDIT/USD")
    unit = make_unit("CASH/USD")

    with pytest.raises(UnitKeyTaken):
        change_unit(unit=unit, seen_at=NOON, definition=replace(DOLLARS, key="CREDIT/USD"), by=by, at=at)

    unit.refresh_from_db()
    assert unit.key == "CASH/USD"


@pytest.mark.parametrize(("currency", "digits"), [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4)])
def test_a_currency_brings_its_digits(currency, digits):
    assert digits_of(currency) == digits
