from __future__ import annotations

from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from api import money
from api.access import KEY_MOVES_MONEY, KEY_READS, caller_of
from api.errors import reply
from api.idempotency import Answer, Call, once
from api.money import reward_called
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
from rewards.models import Reward
from rewards.operations import cancel_reward
from rewards.queries import account_balances, rewards_of_account

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
    return reply(_out(reward_called(reward_id), caller_of(request).at))


@router.post(
    "/rewards/account/{path:account_id}/user/{path:user_id}",
    auth=KEY_MOVES_MONEY,
    response={201: RewardOut, **CONFLICTS},
)
def create_reward(request: HttpRequest, account_id: str, user_id: str, body: RewardBody) -> HttpResponse:
    """Give a user a reward. Takes an `Idempotency-Key`."""

    def give(call: Call) -> Answer:
        user = found_user(account_id, user_id)
        reward = money.give(body, to=user, by=call.caller.actor, at=call.caller.at)
        return Answer(_out(reward, call.caller.at), status=201)

    return once(request, give)


@router.post("/reward/{reward_id}/cancel", auth=KEY_MOVES_MONEY, response={200: RewardOut, **CONFLICTS})
def cancel_one(request: HttpRequest, reward_id: str, body: NoBody | None = None) -> HttpResponse:
    """Take a reward back that is not redeemed yet. Takes an `Idempotency-Key`."""

    def cancel(call: Call) -> Answer:
        reward = reward_called(reward_id)
        cancel_reward(reward=reward, reason="Cancelled through the API", by=call.caller.actor, at=call.caller.at)
        return Answer(_out(reward_called(reward_id), call.caller.at))

    return once(request, cancel)


@router.post("/credit/bulkredeem", auth=KEY_MOVES_MONEY, response={200: Redeemed, **CONFLICTS})
def debit_account(request: HttpRequest, body: DebitBody) -> HttpResponse:
    """
    Take an amount from an account's balance, or from one user's rewards where `userId` is sent.

    Rewards are drawn by when they expire, then by when they were given; the last one partly. More than there is, is
    refused whole. `creditAvailable` is what the account has left. Takes an `Idempotency-Key`.
    """

    def debit(call: Call) -> Answer:
        key = f"api:{call.request_id}"
        return Answer(money.debit(body, key=key, by=call.caller.actor, at=call.caller.at))

    return once(request, debit)


@router.post("/credit/{reward_id}/redeem", auth=KEY_MOVES_MONEY, response={200: Redeemed, **CONFLICTS})
def redeem_one(request: HttpRequest, reward_id: str, body: RedeemBody) -> HttpResponse:
    """Redeem a part or all of one reward; `creditAvailable` is what it has left. Takes an `Idempotency-Key`."""

    def redeem(call: Call) -> Answer:
        key = f"api:{call.request_id}"
        return Answer(money.redeem(reward_id, body, key=key, by=call.caller.actor, at=call.caller.at))

    return once(request, redeem)


def _out(reward: Reward, at: Any) -> dict[str, Any]:
    return rewards_out([reward], at=at)[0]
