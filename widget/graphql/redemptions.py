"""What was redeemed of rewards, read together for all rewards of an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from api.instants import milliseconds
from rewards.models import Reward, RewardEntry
from rewards.queries import standing_redemptions
from widget.graphql.areas import Area, Call, Info, attribute, call_of, envelope, page_bounds
from widget.graphql.pretty import pretty


def read_together(call: Call, rewards: Iterable[Reward]) -> None:
    """Have the redemptions of rewards read in one query, if anybody asks for those of one."""
    call.rewards.update({reward.pk: reward for reward in rewards})


def _redemptions(reward: Reward, info: Info, limit: int, offset: int) -> dict[str, Any]:
    found = _found(call_of(info), reward)
    return envelope(found[page_bounds(limit, offset)], len(found))


def _found(call: Call, reward: Reward) -> list[RewardEntry]:
    if reward.pk not in call.redemptions:
        read_together(call, [reward])
        unread = [one for pk, one in call.rewards.items() if pk not in call.redemptions]
        call.redemptions.update({one.pk: [] for one in unread})
        for entry in standing_redemptions(unread):
            entry.reward = call.rewards[entry.reward_id]
            call.redemptions[entry.reward_id].append(entry)
    return call.redemptions[reward.pk]


def _exchanged(_entry: RewardEntry, _info: Info, limit: int, offset: int) -> dict[str, Any]:
    """Return the rewards that were taken in exchange: none, as none is offered so."""
    page_bounds(limit, offset)
    return envelope([], 0)


def _pretty(entry: RewardEntry, _info: Info, formatType: str | None = None, locale: str | None = None) -> str:
    return pretty(entry.amount, entry.reward.unit, form=formatType, locale=locale)


AREA: Final = Area(
    """
    type RewardRedemptionTransaction {
      id: ID! unit: String creditRedeemed: Long dateRedeemed: RSDate
      prettyRedeemedCredit(formatType: RewardValueFormatType, locale: RSLocale): String
      exchangedRewards(limit: Int! = 20, offset: Int! = 0): FlatRewardList!
    }
    type RewardRedemptionTransactionList { data: [RewardRedemptionTransaction!]! count: Int! totalCount: Long! }
    extend type FlatReward {
      rewardRedemptionTransactions(limit: Int! = 20, offset: Int! = 0): RewardRedemptionTransactionList!
      exchangedRewardRedemptionTransaction: RewardRedemptionTransaction
    }
    """,
    {
        "FlatReward.rewardRedemptionTransactions": _redemptions,
        "RewardRedemptionTransaction.id": lambda entry, _info: f"{entry.pk:024x}",
        "RewardRedemptionTransaction.unit": lambda entry, _info: entry.reward.unit.key if entry.reward.unit else "%",
        "RewardRedemptionTransaction.creditRedeemed": attribute("amount"),
        "RewardRedemptionTransaction.dateRedeemed": lambda entry, _info: milliseconds(entry.at),
        "RewardRedemptionTransaction.prettyRedeemedCredit": _pretty,
        "RewardRedemptionTransaction.exchangedRewards": _exchanged,
    },
)
