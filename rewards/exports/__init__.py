"""The reports about rewards and referrals; each file is one, declared whole."""

from __future__ import annotations

from rewards.exports.available_balances import AVAILABLE_BALANCES
from rewards.exports.referral_activity import REFERRAL_ACTIVITY
from rewards.exports.referrals import REFERRALS
from rewards.exports.reward_balances import REWARD_BALANCES
from rewards.exports.reward_history import REWARD_HISTORY
from rewards.exports.user_details import USER_DETAILS

REPORTS = (AVAILABLE_BALANCES, REWARD_BALANCES, REWARD_HISTORY, USER_DETAILS, REFERRAL_ACTIVITY, REFERRALS)

__all__ = [
    "AVAILABLE_BALANCES",
    "REFERRALS",
    "REFERRAL_ACTIVITY",
    "REPORTS",
    "REWARD_BALANCES",
    "REWARD_HISTORY",
    "USER_DETAILS",
]
