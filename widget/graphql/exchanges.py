"""Swapping credit for other rewards, which nobody offers here: there is nothing to choose, and a try is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.access import refuse_others
from api.errors import ApiError, forbidden
from programs.models import Participant
from widget.graphql.areas import Area, Info, call_of, envelope, page_bounds


def _items(_user: Participant, _info: Info, limit: int, offset: int) -> dict[str, Any]:
    page_bounds(limit, offset)
    return envelope([], 0)


def _exchange(_root: Any, info: Info, exchangeRewardInput: Mapping[str, Any]) -> None:
    """
    Refuse to exchange a reward.

    :raises ApiError: always
    """
    caller = call_of(info).caller
    if caller.key is None and caller.subject is None:
        raise forbidden("This needs a user's token.")
    refuse_others(caller, exchangeRewardInput["accountId"], exchangeRewardInput["userId"])
    raise ApiError(400, "EXCHANGE_NOT_OFFERED", "No reward is offered in exchange for others.")


_FORM: Final = "(formatType: RewardValueFormatType, locale: RSLocale): String"

AREA: Final = Area(
    f"""
    enum RewardExchangeRuleType {{
      FIXED_GLOBAL_REWARD VARIABLE_GLOBAL_REWARD VARIABLE_CREDIT_REWARD STEPPED_FIXED_GLOBAL_REWARD
    }}
    type VisibleRewardExchangeItemStep {{
      sourceValue: Int! prettySourceValue{_FORM} destinationValue: Int prettyDestinationValue{_FORM}
      globalRewardKey: String rewardInput: RSJsonNode
      available: Boolean! unavailableReason: String unavailableReasonCode: String
    }}
    type VisibleRewardExchangeItem {{
      key: String! name: String description: String imageUrl: String ruleType: RewardExchangeRuleType!
      available: Boolean! unavailableReason: String unavailableReasonCode: String
      sourceUnit: String sourceValue: Int prettySourceValue{_FORM}
      sourceMinValue: Int prettySourceMinValue{_FORM} sourceMaxValue: Int prettySourceMaxValue{_FORM}
      destinationMinValue: Int prettyDestinationMinValue{_FORM}
      destinationMaxValue: Int prettyDestinationMaxValue{_FORM}
      globalRewardKey: String destinationUnit: String steps: [VisibleRewardExchangeItemStep!]!
    }}
    type VisibleRewardExchangeItemList {{ data: [VisibleRewardExchangeItem!]! count: Int! totalCount: Long! }}
    input ExchangeRewardInput {{
      userId: String! accountId: String! redeemCreditInput: RedeemCreditInput! rewardInput: RSJsonNode
      globalRewardKey: String status: RewardStatus
    }}
    type ExchangeRewardResult {{ reward: FlatReward rewardRedemptionTransaction: RewardRedemptionTransaction }}
    extend type User {{
      visibleRewardExchangeItems(limit: Int! = 20, offset: Int! = 0): VisibleRewardExchangeItemList!
    }}
    extend type Mutation {{ exchangeReward(exchangeRewardInput: ExchangeRewardInput!): ExchangeRewardResult }}
    """,
    {"User.visibleRewardExchangeItems": _items, "Mutation.exchangeReward": _exchange},
)
