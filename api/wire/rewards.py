"""Rewards and balances as the API writes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from api.instants import milliseconds
from rewards.models import Reward, RewardEntry, RewardType
from rewards.queries import AccountBalance, standing_redemptions

FUEL_TANK = {True: "PCT_DISCOUNT", False: "CREDIT"}


def rewards_out(rewards: Sequence[Reward], *, at: datetime) -> list[dict[str, Any]]:
    """Return rewards with their redemptions, which are read in one query."""
    redemptions: dict[int, list[RewardEntry]] = {}
    for entry in standing_redemptions(rewards):
        redemptions.setdefault(entry.reward_id, []).append(entry)
    return [reward_out(reward, redemptions.get(reward.pk, ()), at=at) for reward in rewards]


def reward_out(reward: Reward, redemptions: Iterable[RewardEntry], *, at: datetime) -> dict[str, Any]:
    """Return one reward; the fields of other types are there, empty."""
    return {
        "id": reward.public_id,
        "type": reward.type,
        "uniqueId": reward.unique_id,
        "status": reward.status_at(at).value,
        "dateCreated": milliseconds(reward.date_created),
        "dateGiven": milliseconds(reward.date_given),
        "dateExpires": milliseconds(reward.date_expires),
        "dateCancelled": milliseconds(reward.date_cancelled),
        "dateScheduledFor": milliseconds(reward.date_scheduled_for),
        "dateRedeemed": milliseconds(reward.date_redeemed),
        "accountId": reward.participant.account_id,
        "userId": reward.participant.user_id,
        "cancellable": is_cancellable(reward, at=at),
        "rewardSource": reward.source,
        "programId": reward.program.key if reward.program else None,
        "programRewardKey": None,
        "globalRewardKey": reward.catalog_reward.key if reward.catalog_reward else None,
        "referralId": f"{reward.referral_id:024x}" if reward.referral_id else None,
        "unit": reward.unit.key if reward.unit else "%",
        "name": reward.name or None,
        "currency": (reward.unit.currency or None) if reward.unit else None,
        **_of_type(reward, redemptions),
    }


def is_cancellable(reward: Reward, *, at: datetime) -> bool:
    """Say whether the reward can still be taken back."""
    return reward.status_at(at) in {Reward.Status.PENDING, Reward.Status.AVAILABLE}


def _of_type(reward: Reward, redemptions: Iterable[RewardEntry]) -> dict[str, Any]:
    is_credit = reward.type == RewardType.CREDIT
    is_fuel_tank = reward.type == RewardType.FUELTANK
    is_gift_card = reward.type == RewardType.INTEGRATION
    return {
        "assignedCredit": reward.amount if is_credit else None,
        "redeemedCredit": reward.redeemed if is_credit else None,
        "redemptions": [_redemption(entry) for entry in redemptions] or None,
        "discountPercent": reward.amount if reward.type == RewardType.PCT_DISCOUNT else None,
        "fuelTankCode": reward.fuel_tank_code if is_fuel_tank else None,
        "fueltankType": FUEL_TANK[reward.is_percentage] if is_fuel_tank else None,
        "amount": reward.amount if is_fuel_tank else None,
        "description": reward.name if is_gift_card else None,
        "valueInCents": reward.amount if is_gift_card else None,
        "integrationId": None,
        "rewardDetails": None,
    }


def _redemption(entry: RewardEntry) -> dict[str, Any]:
    return {"id": f"{entry.pk:024x}", "dateRedeemed": milliseconds(entry.at), "quantityRedeemed": entry.amount}


def balance_out(found: AccountBalance) -> dict[str, Any]:
    """Return what there is of one type and unit; what is assigned less what is redeemed can be drawn."""
    balance = found.balance
    unit = balance.unit.key if balance.unit else "%"
    if balance.type == RewardType.PCT_DISCOUNT:
        return {
            "type": balance.type,
            "unit": unit,
            "totalDiscountPercent": found.percent,
            "referredDiscountPercent": found.percent_referred,
            "referrerDiscountPercent": found.percent_referrer,
        }
    if balance.type == RewardType.FUELTANK:
        return {"type": balance.type, "unit": unit, "totalFuelTankCodes": found.available_count}
    return {
        "type": balance.type,
        "unit": unit,
        "count": balance.count,
        "totalPendingCredit": balance.pending,
        "totalAssignedCredit": balance.available + balance.redeemed,
        "totalRedeemedCredit": balance.redeemed,
        "totalExpiredCredit": balance.expired,
        "totalCancelledCredit": balance.cancelled,
    }
