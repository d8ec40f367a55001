from __future__ import annotations

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from rewards.models import RewardEntry
from tests.factories import make_reward

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(at) -> RewardEntry:
    reward = make_reward(amount=3000, redeemed=1000)
    return RewardEntry.objects.create(reward=reward, participant=reward.participant, amount=1000, at=at)


def test_the_database_refuses_to_change_an_entry(entry):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RewardEntry.objects.filter(pk=entry.pk).update(amount=2)

    entry.refresh_from_db()
    assert entry.amount == 1000


def test_the_database_refuses_to_delete_an_entry(entry):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        RewardEntry.objects.filter(pk=entry.pk)._raw_delete("default")

    assert RewardEntry.objects.filter(pk=entry.pk).exists()


def test_an_entry_is_reversed_at_most_once(entry, at):
    def reverse() -> None:
        RewardEntry.objects.create(
            reward=entry.reward, participant=entry.participant, kind="REVERSAL", amount=1000, reverses=entry, at=at
        )

    reverse()

    with pytest.raises(IntegrityError), transaction.atomic():
        reverse()
    assert RewardEntry.objects.filter(reverses=entry).count() == 1


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"amount": 0}, "rewards_entry_amount"),
        ({"amount": -1}, "rewards_entry_amount"),
        ({"kind": "REVERSAL"}, "rewards_entry_kind"),
        ({"row_number": 7}, "rewards_entry_row"),
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(fields, constraint, at):
    reward = make_reward()
    values = {"reward": reward, "participant": reward.participant, "amount": 1, "at": at, **fields}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        RewardEntry.objects.create(**values)

    assert not RewardEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_entries_of_a_transactional_test_are_flushed_away(entry):
    """The next test would see it otherwise; the triggers are back after the flush, as the tests above show."""
    assert RewardEntry.objects.count() == 1
