from __future__ import annotations

from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from api.access import KEY_MOVES_MONEY, KEY_READS, caller_of
from api.errors import account_not_found, bad_request, invalid, not_found, reply, user_not_found
from api.idempotency import Answer, Call, once
from api.instants import instant
from api.schemas.rewards import (
    CodeBalance,
    CreditBalance,
    DebitBody,
    DiscountBalance,
    RedeemBody,
    Redeemed,
    RewardBody,
    RewardOut,
)
from api.schemas.users import NoBody
from api.views.users import MOST, REFUSED, found_user
from api.wire.rewards import balance_out, rewards_out
from programs.queries import account_exists, participant_of
from rewards.models import Reward, RewardType, RewardUnit
from rewards.operations import Terms, cancel_reward, debit_balance, grant_reward, redeem_reward
from rewards.queries import account_balances, reward_of_id, rewards_of_account, unit_of_key

router = Router(by_alias=True, tags=["Rewards"])
CONFLICTS: Final = {**REFUSED, 409: REFUSED[400]}
TypeName = Literal["CREDIT", "PCT_DISCOUNT", "FUELTANK", "INTEGRATION"]


@router.get("/reward", auth=KEY_READS, response={200: list[RewardOut], **REFUSED})
def list_rewards(
    request: HttpRequest,
    account_id: str = Query(alias="accountId", min_length=1),
    user_id: str | None = Query(None, alias="userId"),
    reward_type: TypeName | None = Query(None, alias="rewardTypeFilter"),
    limit: int = Query(MOST, ge=1, le=MOST),
    offset: int = Query(0, ge=0, le=10**9),
) -> HttpResponse:
    """Return the rewards of an account, or of one of its users, the newest first."""
    rewards = rewards_of_account(account_id=account_id, user_id=user_id, type=reward_type or "")
    shown = rewards.select_related("participant", "unit", "program", "catalog_reward")[offset : offset + limit]
    return reply(rewards_out(list(shown), at=caller_of(request).at))


@router.get(
    "/reward/balance",
    auth=KEY_READS,
    response={200: list[CreditBalance | DiscountBalance | CodeBalance], **REFUSED},
)
def list_balances(
    request: HttpRequest,
    account_id: str = Query(alias="accountId", min_length=1),
    user_id: str | None = Query(None, alias="userId"),
    reward_type: TypeName | None = Query(None, alias="rewardTypeFilter"),
) -> HttpResponse:
    """Return what an account, or one of its users, has of each type and unit; an unknown account has nothing."""
    found = account_balances(account_id=account_id, user_id=user_id, type=reward_type or "", at=caller_of(request).at)
    return reply([balance_out(one) for one in found])


@router.get("/reward/{reward_id}", auth=KEY_READS, response={200: RewardOut, **REFUSED})
def get_reward(request: HttpRequest, reward_id: str) -> HttpResponse:
    """Return a reward."""
    return reply(_out(_found(reward_id), caller_of(request).at))


@router.post(
    "/rewards/account/{path:account_id}/user/{path:user_id}",
    auth=KEY_MOVES_MONEY,
    response={201: RewardOut, **CONFLICTS},
)
def create_reward(request: HttpRequest, account_id: str, user_id: str, body: RewardBody) -> HttpResponse:
    """Give a user a reward. Takes an `Idempotency-Key`."""

    def give(call: Call) -> Answer:
        reward = grant_reward(
            participant=found_user(account_id, user_id),
            terms=_terms(body),
            by=call.caller.actor,
            at=call.caller.at,
        )
        return Answer(_out(reward, call.caller.at), status=201)

    return once(request, give)


@router.post("/reward/{reward_id}/cancel", auth=KEY_MOVES_MONEY, response={200: RewardOut, **CONFLICTS})
def cancel_one(request: HttpRequest, reward_id: str, body: NoBody | None = None) -> HttpResponse:
    """Take a reward back that is not redeemed yet. Takes an `Idempotency-Key`."""

    def cancel(call: Call) -> Answer:
        reward = _found(reward_id)
        cancel_reward(reward=reward, reason="Cancelled through the API", by=call.caller.actor, at=call.caller.at)
        return Answer(_out(_found(reward_id), call.caller.at))

    return once(request, cancel)


@router.post("/credit/bulkredeem", auth=KEY_MOVES_MONEY, response={200: Redeemed, **CONFLICTS})
def debit_account(request: HttpRequest, body: DebitBody) -> HttpResponse:
    """
    Take an amount from an account's balance, or from one user's rewards where `userId` is sent.

    Rewards are drawn by when they expire, then by when they were given; the last one partly. More than there is, is
    refused whole. `creditAvailable` is what the account has left. Takes an `Idempotency-Key`.
    """

    def debit(call: Call) -> Answer:
        unit = _unit(body.unit)
        if not account_exists(body.account_id):
            raise account_not_found()
        if body.user_id is not None and not participant_of(account_id=body.account_id, user_id=body.user_id):
            raise user_not_found()
        done = debit_balance(
            account_id=body.account_id,
            user_id=body.user_id,
            unit=unit,
            amount=body.amount,
            key=f"api:{call.request_id}",
            by=call.caller.actor,
            at=call.caller.at,
        )
        return Answer({"creditRedeemed": done.redeemed, "creditAvailable": done.available, "unit": unit.key})

    return once(request, debit)


@router.post("/credit/{reward_id}/redeem", auth=KEY_MOVES_MONEY, response={200: Redeemed, **CONFLICTS})
def redeem_one(request: HttpRequest, reward_id: str, body: RedeemBody) -> HttpResponse:
    """Redeem a part or all of one reward; `creditAvailable` is what it has left. Takes an `Idempotency-Key`."""

    def redeem(call: Call) -> Answer:
        reward, unit = _found(reward_id), _unit(body.unit)
        if reward.unit != unit:
            raise bad_request(f"This reward is not counted in {unit.key}.", code="WRONG_UNIT")
        redeem_reward(
            reward=reward,
            amount=body.amount,
            key=f"api:{call.request_id}:{reward.pk}",
            by=call.caller.actor,
            at=call.caller.at,
        )
        reward.refresh_from_db(fields=["amount", "redeemed"])
        return Answer({"creditRedeemed": body.amount, "creditAvailable": reward.left, "unit": unit.key})

    return once(request, redeem)


def _found(reward_id: str) -> Reward:
    reward = reward_of_id(reward_id)
    if reward is None:
        raise not_found("There is no such reward.")
    return reward


def _unit(key: str) -> RewardUnit:
    unit = unit_of_key(key)
    if unit is None:
        raise bad_request(f"There is no reward unit {key}.", code="UNKNOWN_UNIT")
    return unit


def _out(reward: Reward, at: Any) -> dict[str, Any]:
    return rewards_out([reward], at=at)[0]


def _terms(body: RewardBody) -> Terms:
    """
    Return what is to be given.

    :raises ApiError: if unit and currency do not go together
    """
    unit = _unit(body.unit) if body.unit else None
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
