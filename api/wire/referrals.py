"""Referrals as the API writes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from api.instants import milliseconds
from api.wire.rewards import rewards_out
from api.wire.users import plain_user
from programs.models import Referral
from rewards.models import Reward
from rewards.queries import rewards_of_referrals

# Nothing is held back for moderation: whoever may not take part is refused before there is a referral.
APPROVED = "APPROVED"


def referrals_out(referrals: Sequence[Referral], *, at: datetime, friends_only: bool = False) -> list[dict[str, Any]]:
    """Return referrals with the rewards of both sides; a user's token sees no more of the others than their names."""
    rewards = list(rewards_of_referrals(referrals))
    shown = dict(zip((reward.pk for reward in rewards), rewards_out(rewards, at=at), strict=True))
    by_side = {(reward.referral_id, reward.source): shown[reward.pk] for reward in rewards}
    return [_referral(referral, by_side, friends_only=friends_only) for referral in referrals]


def _referral(referral: Referral, rewards: dict[Any, dict[str, Any]], *, friends_only: bool) -> dict[str, Any]:
    person = _name if friends_only else plain_user
    return {
        "id": f"{referral.pk:024x}",
        "referredUser": person(referral.referred),
        "referrerUser": person(referral.referrer),
        "referredReward": rewards.get((referral.pk, Reward.Source.REFERRED)),
        "referrerReward": rewards.get((referral.pk, Reward.Source.FRIEND_SIGNUP)),
        "referralCodeUsed": referral.code_used or None,
        "shareLinkUsed": None,
        "moderationStatus": "ACTIONED",
        "referredModerationStatus": APPROVED,
        "referrerModerationStatus": APPROVED,
        "fraudSignals": None,
        "dateReferralStarted": milliseconds(referral.date_started),
        "dateReferralPaid": None,
        "dateReferralEnded": None,
        "dateModerated": None,
        "dateConverted": milliseconds(referral.date_converted),
        "dateModified": milliseconds(referral.updated_at),
        "dateUserModified": None,
        "programId": referral.program.key,
    }


def _name(participant: Any) -> dict[str, Any]:
    return {
        "id": participant.user_id,
        "accountId": participant.account_id,
        "firstName": participant.first_name,
        "lastInitial": participant.last_name[:1],
    }
