from __future__ import annotations

from rewards.admin.catalog import CatalogRewardAdmin
from rewards.admin.rewards import RewardAdmin
from rewards.admin.units import RewardUnitAdmin

__all__ = ["CatalogRewardAdmin", "RewardAdmin", "RewardUnitAdmin"]
