from __future__ import annotations

import pytest

from rewards.operations import cancel_reward, redeem_reward
from rewards.operations.errors import RewardNotCancellable
from team.models import AuditEntry
from tests.factories import make_reward

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", ["PENDING", "AVAILABLE"])
def test_a_pending_or_available_reward_is_cancelled(by, at, status):
    reward = make_reward(status=status)

    cancel_reward(reward=reward, reason="Order returned", by=by, at=at)

    reward.refresh_from_db()
    assert (reward.status, reward.date_cancelled) == ("CANCELLED", at)
    assert (reward.cancelled_reason, reward.pending_reason) == ("Order returned", "")
    assert AuditEntry.objects.get().changes["status"] == [status, "CANCELLED"]


def test_what_was_redeemed_stays_redeemed(reward_of_30, by, at):
    redeem_reward(reward=reward_of_30, amount=1000, key="a", by=by, at=at)

    cancel_reward(reward=reward_of_30, reason="", by=by, at=at)

    reward_of_30.refresh_from_db()
    assert (reward_of_30.status, reward_of_30.redeemed, reward_of_30.left) == ("CANCELLED", 1000, 2000)


@pytest.mark.parametrize("status", ["REDEEMED", "EXPIRED", "CANCELLED"])
def test_a_reward_that_has_ended_is_not_cancelled(by, at, status):
    reward = make_reward(status=status, **({"cancelled_reason": "First"} if status == "CANCELLED" else {}))

    with pytest.raises(RewardNotCancellable):
        cancel_reward(reward=reward, reason="Second", by=by, at=at)

    reward.refresh_from_db()
    assert reward.status == status
    assert reward.cancelled_reason != "Second"
    assert not AuditEntry.objects.exists()


def test_past_its_expiry_a_reward_is_not_cancelled_though_the_task_has_not_run(by, at):
    reward = make_reward(date_expires=at)

    with pytest.raises(RewardNotCancellable):
        cancel_reward(reward=reward, reason="", by=by, at=at)

    reward.refresh_from_db()
    assert reward.status == "AVAILABLE"
