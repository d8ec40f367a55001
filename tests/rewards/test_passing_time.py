from __future__ import annotations

from datetime import timedelta

import pytest

from rewards.models import Reward
from rewards.operations import expire_rewards, release_scheduled_rewards
from team.models import AuditEntry
from tests.factories import make_participant, make_reward

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def test_a_scheduled_reward_becomes_available_when_its_time_has_come(at):
    due = make_reward(status="PENDING", date_scheduled_for=at)
    not_yet = make_reward(status="PENDING", date_scheduled_for=at + HOUR)

    assert release_scheduled_rewards(at=at) == 1

    due.refresh_from_db()
    not_yet.refresh_from_db()
    assert (due.status, due.date_given, due.pending_reason, due.updated_at) == ("AVAILABLE", at, "", at)
    assert (not_yet.status, not_yet.date_given) == ("PENDING", None)


def test_a_blocked_participants_reward_waits_until_the_block_is_lifted(at):
    blocked = make_participant(date_blocked=at)
    reward = make_reward(participant=blocked, status="PENDING", pending_reason="SUSPECTED_FRAUD")
    assert release_scheduled_rewards(at=at) == 0

    blocked.date_blocked = None
    blocked.save(update_fields=["date_blocked"])

    assert release_scheduled_rewards(at=at + HOUR) == 1
    reward.refresh_from_db()
    assert (reward.status, reward.date_given) == ("AVAILABLE", at + HOUR)


def test_a_reward_that_waits_for_something_else_is_not_released(at):
    reward = make_reward(status="PENDING", pending_reason="US_TAX", date_scheduled_for=at)

    assert release_scheduled_rewards(at=at) == 0

    reward.refresh_from_db()
    assert reward.status == "PENDING"


def test_a_reward_expires_when_its_date_has_passed(at):
    overdue = make_reward(date_expires=at, redeemed=1000)
    lasting = make_reward(date_expires=at + HOUR)
    endless = make_reward()

    assert expire_rewards(at=at) == 1

    overdue.refresh_from_db()
    assert (overdue.status, overdue.redeemed, overdue.updated_at) == ("EXPIRED", 1000, at)
    assert set(Reward.objects.filter(status="AVAILABLE")) == {lasting, endless}


@pytest.mark.parametrize("status", ["PENDING", "REDEEMED", "CANCELLED"])
def test_only_available_rewards_expire(at, status):
    reward = make_reward(status=status, date_expires=at - HOUR)

    assert expire_rewards(at=at) == 0

    reward.refresh_from_db()
    assert reward.status == status


def test_many_are_changed_in_chunks_each_with_one_audit_entry(at):
    participant = make_participant()
    for _ in range(5):
        make_reward(participant=participant, date_expires=at)

    assert expire_rewards(at=at, chunk=2) == 5

    entries = AuditEntry.objects.filter(action="reward.expired").order_by("id")
    assert [entry.changes["count"] for entry in entries] == [[0, 2], [0, 2], [0, 1]]


def test_nothing_to_do_leaves_no_trace(at):
    assert release_scheduled_rewards(at=at) == 0
    assert expire_rewards(at=at) == 0

    assert not AuditEntry.objects.exists()
