"""The reports about rewards; each file is one, declared whole."""

from __future__ import annotations

from rewards.exports.available_balances import AVAILABLE_BALANCES
from rewards.exports.reward_balances import REWARD_BALANCES
from rewards.exports.reward_history import REWARD_HISTORY
from rewards.exports.user_details import USER_DETAILS

REPORTS = (AVAILABLE_BALANCES, REWARD_BALANCES, REWARD_HISTORY, USER_DETAILS)

__all__ = ["AVAILABLE_BALANCES", "REPORTS", "REWARD_BALANCES", "REWARD_HISTORY", "USER_DETAILS"]
