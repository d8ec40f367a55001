from __future__ import annotations

from rewards.operations.cancelling import cancel_reward
from rewards.operations.catalog import CatalogDefinition, add_catalog_reward, change_catalog_reward
from rewards.operations.debiting import Debit, debit_balance
from rewards.operations.deleting import delete_account, delete_participant
from rewards.operations.granting import Cause, Grant, Notes, Terms, grant_reward, grant_rewards, terms_of
from rewards.operations.passing_time import expire_rewards, release_scheduled_rewards
from rewards.operations.reconciling import report_differences
from rewards.operations.redeeming import redeem_reward, reverse_redemption
from rewards.operations.units import UnitDefinition, add_unit, change_unit, digits_of

__all__ = [
    "CatalogDefinition",
    "Cause",
    "Debit",
    "Grant",
    "Notes",
    "Terms",
    "UnitDefinition",
    "add_catalog_reward",
    "add_unit",
    "cancel_reward",
    "change_catalog_reward",
    "change_unit",
    "debit_balance",
    "delete_account",
    "delete_participant",
    "digits_of",
    "expire_rewards",
    "grant_reward",
    "grant_rewards",
    "redeem_reward",
    "release_scheduled_rewards",
    "report_differences",
    "reverse_redemption",
    "terms_of",
]
