"""What a shop does with rewards: the same for the API and for GraphQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from api.errors import account_not_found, bad_request, invalid, not_found, user_not_found
from api.instants import instant
from api.schemas.rewards import DebitBody, RedeemBody, RewardBody
from programs.models import Participant
from programs.queries import account_exists, participant_of
from rewards.models import Reward, RewardType, RewardUnit
from rewards.operations import Terms, debit_balance, grant_reward, redeem_reward
from rewards.queries import reward_of_id, unit_of_key
from team.audit import Actor


def give(body: RewardBody, *, to: Participant, by: Actor, at: datetime) -> Reward:
    """
    Give a user a reward.

    :raises ApiError: if unit and currency do not go together
    :raises DomainError: as ``grant_reward`` does
    """
    return grant_reward(participant=to, terms=_terms(body), by=by, at=at)


def debit(body: DebitBody, *, key: str, by: Actor, at: datetime) -> dict[str, Any]:
    """
    Take an amount from an account's balance, or from one user's, and return what was taken and what is left.

    :raises ApiError: if there is no such unit, account or user
    :raises DomainError: as ``debit_balance`` does
    """
    unit = unit_called(body.unit)
    if not account_exists(body.account_id):
        raise account_not_found()
    if body.user_id is not None and not participant_of(account_id=body.account_id, user_id=body.user_id):
        raise user_not_found()
    done = debit_balance(
        account_id=body.account_id, user_id=body.user_id, unit=unit, amount=body.amount, key=key, by=by, at=at
    )
    return {"creditRedeemed": done.redeemed, "creditAvailable": done.available, "unit": unit.key}


def redeem(reward_id: str, body: RedeemBody, *, key: str, by: Actor, at: datetime) -> dict[str, Any]:
    """
    Redeem a part or all of one reward, and return what was redeemed and what it has left.

    :raises ApiError: if there is no such reward or unit, or it is counted in another
    :raises DomainError: as ``redeem_reward`` does
    """
    reward, unit = reward_called(reward_id), unit_called(body.unit)
    if reward.unit != unit:
        raise bad_request(f"This reward is not counted in {unit.key}.", code="WRONG_UNIT")
    redeem_reward(reward=reward, amount=body.amount, key=f"{key}:{reward.pk}", by=by, at=at)
    reward.refresh_from_db(fields=["amount", "redeemed"])
    return {"creditRedeemed": body.amount, "creditAvailable": reward.left, "unit": unit.key}


def reward_called(reward_id: str) -> Reward:
    """
    Return the reward of this id.

    :raises ApiError: if there is none
    """
    reward = reward_of_id(reward_id)
    if reward is None:
        raise not_found("There is no such reward.")
    return reward


def unit_called(key: str) -> RewardUnit:
    """
    Return the unit of this key.

    :raises ApiError: if there is none
    """
    unit = unit_of_key(key)
    if unit is None:
        raise bad_request(f"There is no reward unit {key}.", code="UNKNOWN_UNIT")
    return unit


def _terms(body: RewardBody) -> Terms:
    """
    Return what is to be given.

    :raises ApiError: if unit and currency do not go together
    """
    unit = unit_called(body.unit) if body.unit else None
    if body.currency and unit and unit.currency != body.currency:
        raise invalid([f"currency: {unit.key} is not counted in {body.currency}"])
    return Terms(
        type=RewardType(body.type),
        unit=unit,
        amount=body.assigned_credit or body.discount_percent or body.amount or 0,
        name=body.name or "",
        fuel_tank_code=body.fuel_tank_code or "",
        scheduled_for=instant(body.date_scheduled_for) if body.date_scheduled_for is not None else None,
        expires=instant(body.date_expires) if body.date_expires is not None else None,
    )
