from __future__ import annotations

from datetime import timedelta

import pytest

from programs.operations import InvalidValue
from rewards.models import LARGEST_AMOUNT, Reward
from rewards.operations import Notes, Terms, grant_reward, terms_of
from rewards.operations.errors import CatalogRewardInactive, ExpiresTooEarly, TermsNotValid, UniqueIdTaken
from team.models import AuditEntry
from tests.factories import make_catalog_reward, make_participant, make_program, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make_participant(first_name="Ada")


def test_a_reward_for_now_is_available_at_once(ada, by, at):
    program, unit = make_program(), make_unit("CASH/USD")
    terms = Terms(amount=1055, unit=unit, name="Thank you")
    notes = Notes(internal="Asked by phone", customer="Thanks, Ada!")

    reward = grant_reward(participant=ada, terms=terms, program=program, notes=notes, by=by, at=at)

    reward.refresh_from_db()
    assert (reward.status, reward.date_given, reward.date_created) == ("AVAILABLE", at, at)
    assert (reward.amount, reward.redeemed, reward.unit, reward.type) == (1055, 0, unit, "CREDIT")
    assert (reward.program, reward.source, reward.name) == (program, "MANUAL", "Thank you")
    assert (reward.internal_note, reward.customer_note) == ("Asked by phone", "Thanks, Ada!")
    assert (reward.pending_reason, reward.date_scheduled_for, reward.date_expires) == ("", None, None)


def test_granting_is_audited(ada, by, at):
    reward = grant_reward(participant=ada, terms=Terms(amount=1, unit=make_unit()), by=by, at=at)

    entry = AuditEntry.objects.get(action="reward.granted")
    assert (entry.object_id, entry.user_id, entry.at) == (str(reward.pk), by.user_id, at)


def test_a_reward_for_later_is_pending_until_then(ada, by, at):
    tomorrow = at + timedelta(days=1)

    reward = grant_reward(
        participant=ada, terms=Terms(amount=1, unit=make_unit(), scheduled_for=tomorrow), by=by, at=at
    )

    assert (reward.status, reward.pending_reason) == ("PENDING", "SCHEDULED")
    assert (reward.date_scheduled_for, reward.date_given) == (tomorrow, None)


def test_a_reward_scheduled_for_the_past_is_available_at_once(ada, by, at):
    terms = Terms(amount=1, unit=make_unit(), scheduled_for=at)

    assert grant_reward(participant=ada, terms=terms, by=by, at=at).status == "AVAILABLE"


def test_a_blocked_participant_gets_a_pending_reward(by, at):
    blocked = make_participant(date_blocked=at)

    reward = grant_reward(participant=blocked, terms=Terms(amount=1, unit=make_unit()), by=by, at=at)

    assert (reward.status, reward.pending_reason, reward.date_given) == ("PENDING", "SUSPECTED_FRAUD", None)


def test_a_catalog_reward_brings_its_value_and_dates(ada, by, at):
    ten_dollars = make_catalog_reward(
        name="$10", amount=1000, pending_count=30, validity_count=6, validity_period="MONTHS"
    )

    reward = grant_reward(participant=ada, terms=terms_of(ten_dollars, at=at), by=by, at=at)

    assert (reward.name, reward.amount, reward.catalog_reward) == ("$10", 1000, ten_dollars)
    assert reward.date_scheduled_for == at + timedelta(days=30)
    assert reward.date_expires == (at + timedelta(days=30)).replace(month=10)


def test_dates_given_by_hand_overrule_the_catalogs(ada, at):
    ten_dollars = make_catalog_reward(pending_count=30, validity_count=6)
    tomorrow, next_week = at + timedelta(days=1), at + timedelta(days=7)

    terms = terms_of(ten_dollars, at=at, scheduled_for=tomorrow, expires=next_week)

    assert (terms.scheduled_for, terms.expires) == (tomorrow, next_week)


def test_a_percentage_needs_no_unit(ada, by, at):
    terms = Terms(type="PCT_DISCOUNT", amount=15)

    assert grant_reward(participant=ada, terms=terms, by=by, at=at).is_percentage


@pytest.mark.parametrize(
    ("amount", "type_", "with_unit"),
    [
        (0, "CREDIT", True),
        (-5, "CREDIT", True),
        (LARGEST_AMOUNT + 1, "CREDIT", True),
        (5, "CREDIT", False),
        (5, "INTEGRATION", False),
        (5, "PCT_DISCOUNT", True),
        (101, "PCT_DISCOUNT", False),
        (0, "PCT_DISCOUNT", False),
        (101, "FUELTANK", False),
    ],
)
def test_a_value_that_does_not_fit_its_type_is_refused(ada, by, at, amount, type_, with_unit):
    terms = Terms(amount=amount, type=type_, unit=make_unit() if with_unit else None)

    with pytest.raises(TermsNotValid):
        grant_reward(participant=ada, terms=terms, by=by, at=at)

    assert not Reward.objects.exists()


@pytest.mark.parametrize(("scheduled_in", "expires_in"), [(None, 0), (None, -1), (2, 1), (2, 2)])
def test_a_reward_that_would_never_be_available_is_refused(ada, by, at, scheduled_in, expires_in):
    terms = Terms(
        amount=1,
        unit=make_unit(),
        scheduled_for=scheduled_in and at + timedelta(days=scheduled_in),
        expires=at + timedelta(days=expires_in),
    )

    with pytest.raises(ExpiresTooEarly):
        grant_reward(participant=ada, terms=terms, by=by, at=at)

    assert not Reward.objects.exists()


def test_a_reward_that_left_the_catalog_is_refused(ada, by, at):
    gone = make_catalog_reward(is_active=False)

    with pytest.raises(CatalogRewardInactive):
        grant_reward(participant=ada, terms=terms_of(gone, at=at), by=by, at=at)

    assert not Reward.objects.exists()


def test_the_same_unique_id_gives_one_reward(ada, by, at):
    terms = Terms(amount=1, unit=make_unit())
    grant_reward(participant=ada, terms=terms, unique_id="order-7", by=by, at=at)

    with pytest.raises(UniqueIdTaken):
        grant_reward(participant=ada, terms=terms, unique_id="order-7", by=by, at=at)

    assert Reward.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_a_note_with_a_nul_character_is_refused_with_a_sentence(ada, by, at):
    with pytest.raises(InvalidValue, match="NUL character"):
        grant_reward(
            participant=ada, terms=Terms(amount=1, unit=make_unit()), notes=Notes(internal="a\x00b"), by=by, at=at
        )

    assert not Reward.objects.exists()
