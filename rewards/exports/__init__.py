"""The reports about rewards; each file is one, declared whole."""

from __future__ import annotations

from rewards.exports.available_balances import AVAILABLE_BALANCES
from rewards.exports.reward_balances import REWARD_BALANCES
from rewards.exports.reward_history import REWARD_HISTORY

REPORTS = (AVAILABLE_BALANCES, REWARD_BALANCES, REWARD_HISTORY)

__all__ = ["AVAILABLE_BALANCES", "REPORTS", "REWARD_BALANCES", "REWARD_HISTORY"]
