from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from programs.operations.checks import check_values
from rewards.models import Reward
from rewards.operations.errors import RewardNotCancellable
from rewards.queries import is_available
from team.audit import Actor, Change, record


@transaction.atomic
def cancel_reward(*, reward: Reward, reason: str, by: Actor, at: datetime) -> None:
    """
    Take a pending or available reward back.

    What was redeemed of it stays redeemed, for that has been paid out; only the rest is lost to the participant.

    :raises InvalidValue: if the reason is too long
    :raises RewardNotCancellable: if it is redeemed, expired or cancelled already
    """
    check_values(Reward(cancelled_reason=reason), names={"cancelled_reason"})
    cancellable = Reward.objects.filter(Q(status=Reward.Status.PENDING) | is_available(at), pk=reward.pk)
    cancelled = cancellable.update(
        status=Reward.Status.CANCELLED,
        pending_reason="",
        cancelled_reason=reason,
        date_cancelled=at,
        updated_at=at,
    )
    if not cancelled:
        raise _refusal(reward, at)
    changes = {"status": Change(reward.status, Reward.Status.CANCELLED.value), "cancelled_reason": Change("", reason)}
    record(by=by, action="reward.cancelled", target=reward, at=at, changes=changes)


def _refusal(reward: Reward, at: datetime) -> RewardNotCancellable:
    status = Reward.objects.get(pk=reward.pk).status_at(at)
    return RewardNotCancellable(status=status.label)
