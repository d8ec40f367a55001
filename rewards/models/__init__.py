"""What rewards are, what gives them and what was redeemed of them; everything is imported from here."""

from __future__ import annotations

from rewards.models.offers import LARGEST_AMOUNT, MAX_EXPONENT, CatalogReward, RewardType, RewardUnit
from rewards.models.results import RuleResult, RuleTally
from rewards.models.rewards import Reward, RewardEntry
from rewards.models.rules import WHOLE_ORDER, RewardRule, RuleMail, Side
from rewards.staged import StagedRedemption, StagedReversal, StagedUser

__all__ = [
    "LARGEST_AMOUNT",
    "MAX_EXPONENT",
    "WHOLE_ORDER",
    "CatalogReward",
    "Reward",
    "RewardEntry",
    "RewardRule",
    "RewardType",
    "RewardUnit",
    "RuleMail",
    "RuleResult",
    "RuleTally",
    "Side",
    "StagedRedemption",
    "StagedReversal",
    "StagedUser",
]
