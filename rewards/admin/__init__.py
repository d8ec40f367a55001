from __future__ import annotations

from rewards.admin.catalog import CatalogRewardAdmin
from rewards.admin.conversions import ConversionAdmin
from rewards.admin.referrals import ReferralAdmin
from rewards.admin.rewards import RewardAdmin
from rewards.admin.rules import RewardRuleAdmin
from rewards.admin.units import RewardUnitAdmin

__all__ = [
    "CatalogRewardAdmin",
    "ConversionAdmin",
    "ReferralAdmin",
    "RewardAdmin",
    "RewardRuleAdmin",
    "RewardUnitAdmin",
]
