from __future__ import annotations

from datetime import datetime

from django.db import transaction

from programs.models import Participant
from programs.operations import erase_participant
from rewards.models import Reward
from rewards.operations.cancelling import cancel_reward
from rewards.operations.errors import RewardNotCancellable
from team.audit import Actor

OPEN = (Reward.Status.PENDING, Reward.Status.AVAILABLE)


@transaction.atomic
def delete_participant(*, participant: Participant, do_not_track: bool, by: Actor, at: datetime) -> bool:
    """
    Cancel what a participant has not redeemed and forget who they are; return whether this call did it.

    What was redeemed stays in the ledger, without a name.
    """
    if not erase_participant(participant=participant, do_not_track=do_not_track, by=by, at=at):
        return False
    for reward in Reward.objects.filter(participant=participant, status__in=OPEN).order_by("pk"):
        try:
            cancel_reward(reward=reward, reason="Deleted", by=by, at=at)
        except RewardNotCancellable:
            continue  # redeemed or expired a moment ago
    return True


def delete_account(*, account_id: str, do_not_track: bool, by: Actor, at: datetime) -> int:
    """
    Delete every participant of an account and return how many there were.

    Each is deleted in a transaction of its own, so that a thousand of them keep nobody waiting; repeating the call
    deletes who is left.
    """
    participants = Participant.objects.filter(account_id=account_id).order_by("pk")
    return sum(
        delete_participant(participant=participant, do_not_track=do_not_track, by=by, at=at)
        for participant in list(participants)
    )
