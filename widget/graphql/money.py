"""Rewards that a shop's server gives and redeems; no user's token does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api import money
from api.access import need_key
from api.errors import bad_request
from api.refusals import body_of
from api.schemas.rewards import DebitBody, RedeemBody, RewardBody
from api.views.users import found_user
from rewards.models import Reward
from team.models import ApiKey
from widget.graphql.areas import Area, Call, Info, call_of

MONEY: Final = ApiKey.Scope.MONEY


def _create(
    _root: Any,
    info: Info,
    userId: str,
    accountId: str,
    rewardInput: Any = None,
    status: str | None = None,
) -> Reward:
    """Give a user a reward, as ``POST /rewards/account/…/user/…`` does."""
    caller = _caller(call_of(info))
    if status not in {None, Reward.Status.AVAILABLE}:
        raise bad_request("A reward is available at once, or from its dateScheduledFor on: send no status.")
    body = body_of(RewardBody, rewardInput)
    return money.give(body, to=found_user(accountId, userId), by=caller.actor, at=caller.at)


def _redeem_of_user(
    _root: Any, info: Info, userId: str, accountId: str, redeemCreditInput: Mapping[str, Any]
) -> dict[str, Any]:
    """Take an amount from a user's rewards, as ``POST /credit/bulkredeem`` does."""
    call = call_of(info)
    caller = _caller(call)
    body = body_of(DebitBody, {"accountId": accountId, "userId": userId, **redeemCreditInput})
    return money.debit(body, key=call.entry_key(), by=caller.actor, at=caller.at)


def _redeem_one(_root: Any, info: Info, id: str, redeemCreditInput: Mapping[str, Any]) -> dict[str, Any]:  # noqa: A002
    """Redeem a part or all of one reward, as ``POST /credit/…/redeem`` does."""
    call = call_of(info)
    caller = _caller(call)
    body = body_of(RedeemBody, dict(redeemCreditInput))
    return money.redeem(id, body, key=call.entry_key(), by=caller.actor, at=caller.at)


def _caller(call: Call) -> Any:
    need_key(call.caller, MONEY)
    return call.caller


AREA: Final = Area(
    """
    input RedeemCreditInput { amount: Int! unit: String! }
    type RedeemCreditResult { unit: String! creditRedeemed: Long! creditAvailable: Long! }
    extend type Mutation {
      createReward(rewardInput: RSJsonNode!, userId: String!, accountId: String!, status: RewardStatus): FlatReward
      redeemUserCredit(userId: String!, accountId: String!, redeemCreditInput: RedeemCreditInput!): RedeemCreditResult
      redeemRewardCredit(id: ID!, redeemCreditInput: RedeemCreditInput!): RedeemCreditResult
    }
    """,
    {
        "Mutation.createReward": _create,
        "Mutation.redeemUserCredit": _redeem_of_user,
        "Mutation.redeemRewardCredit": _redeem_one,
    },
)
