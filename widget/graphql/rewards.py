from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db.models import Q, QuerySet

from api.errors import forbidden
from api.wire.rewards import FUEL_TANK, is_cancellable
from programs.models import Participant
from rewards.models import Reward, RewardType
from rewards.queries import is_available, is_expired, rewards_of
from widget.graphql.areas import Area, Info, attribute, call_of, envelope, instant_of, page_bounds
from widget.graphql.periods import within
from widget.graphql.pretty import pretty
from widget.graphql.redemptions import read_together

Filter = Mapping[str, Any]
Status = Reward.Status
OF_REFERRALS: Final = ("referral__program", "referral__referrer", "referral__referred")


def rewards_wanted(user: Participant, wanted: Filter, info: Info) -> QuerySet[Reward]:
    """
    Return those of the user's rewards that a filter lets through, the newest first.

    :raises ApiError: if the filter names another user
    """
    ids = {"userId_eq": user.user_id, "accountId_eq": user.account_id}
    if any(wanted.get(name) not in {None, own} for name, own in ids.items()):
        raise forbidden("A user may only ask for their own rewards.")
    at = call_of(info).caller.at
    rewards = rewards_of(user).select_related(*OF_REFERRALS)
    names = {"programId_eq": "program__key", "type_eq": "type", "id_eq": "public_id"}
    for name, field in names.items():
        if wanted.get(name) is not None:
            rewards = rewards.filter(**{field: wanted[name]})
    if wanted.get("programId_exists") is not None:
        rewards = rewards.filter(program__isnull=not wanted["programId_exists"])
    if wanted.get("unit_eq") is not None:
        rewards = rewards.filter(Q(unit__isnull=True) if wanted["unit_eq"] == "%" else Q(unit__key=wanted["unit_eq"]))
    status = (wanted.get("statuses_eq") or {}).get("status")
    if status is not None:
        rewards = rewards.filter(_has_status(status, info))
    return within(rewards, "date_given", wanted.get("dateGiven_timeframe"), at)


def _has_status(status: str, info: Info) -> Q:
    at = call_of(info).caller.at
    dated = {Status.AVAILABLE: is_available(at), Status.EXPIRED: is_expired(at)}
    return dated.get(Status(status), Q(status=status))


def _rewards(
    user: Participant,
    info: Info,
    limit: int,
    offset: int,
    filter: Filter | None = None,  # noqa: A002  (the schema's name)
    sortBy: Any = None,
) -> dict[str, Any]:
    found = rewards_wanted(user, filter or {}, info)
    if any(each.get("order") == "ASC" for each in sortBy or ()):
        found = found.reverse()
    shown = list(found[page_bounds(limit, offset)])
    for reward in shown:
        reward.participant = user
    read_together(call_of(info), shown)
    return envelope(shown, found.count())


def _instant_access(
    user: Participant,
    info: Info,
    limit: int,
    offset: int,
    filter: Filter | None = None,  # noqa: A002
) -> dict[str, Any]:
    """List the codes that a user was given as rewards: that is what a visitor comes for at once."""
    return _rewards(user, info, limit, offset, {"type_eq": RewardType.FUELTANK, **(filter or {})})


def _shown(amount_of: Callable[[Reward], int]) -> Any:
    def resolve(reward: Reward, _info: Any, formatType: str | None = None, locale: str | None = None) -> str:
        return pretty(amount_of(reward), reward.unit, form=formatType, locale=locale)

    return resolve


def _available(reward: Reward) -> int:
    return reward.left if reward.status == Status.AVAILABLE else 0


def _credit(reward: Reward, amount: int) -> int | None:
    return amount if reward.type == RewardType.CREDIT else None


def _statuses(reward: Reward, info: Info) -> list[str]:
    """Return where a reward stands; one that was drawn in part is both."""
    status = reward.status_at(call_of(info).caller.at).value
    return [status, Status.REDEEMED.value] if reward.redeemed and status != Status.REDEEMED else [status]


AREA: Final = Area(
    """
    enum RewardType { CREDIT PCT_DISCOUNT FUELTANK INTEGRATION }
    enum RewardStatus { PENDING CANCELLED EXPIRED REDEEMED AVAILABLE }
    input RewardStatusFilterInput { status: RewardStatus }
    input RewardFilterInput {
      id_eq: ID userId_eq: String accountId_eq: String programId_eq: ID programId_exists: Boolean type_eq: RewardType
      unit_eq: String statuses_eq: RewardStatusFilterInput dateGiven_timeframe: RSRelativeTimeframe
    }
    type RewardIntegration { name: String! }
    type RewardMeta { status: String! message: String integration: RewardIntegration customMeta: RSJsonNode }
    type PartnerFundsTransfer { id: ID! status: String }
    interface GraphNodeData { id: ID! }
    type FlatReward implements GraphNodeData {
      id: ID! type: RewardType! value: Long availableValue: Long unit: String name: String currency: String
      assignedCredit: Long redeemedCredit: Long meta: RewardMeta partnerFundsTransfer: PartnerFundsTransfer
      dateGiven: RSDate dateCreated: RSDate dateExpires: RSDate dateCancelled: RSDate dateRedeemed: RSDate
      dateScheduledFor: RSDate fuelTankCode: String fuelTankType: String cancellable: Boolean
      prettyValue(formatType: RewardValueFormatType, locale: RSLocale): String
      prettyAssignedCredit(formatType: RewardValueFormatType, locale: RSLocale): String
      prettyAvailableValue(formatType: RewardValueFormatType, locale: RSLocale): String
      prettyRedeemedCredit(formatType: RewardValueFormatType, locale: RSLocale): String
      statuses: [RewardStatus!]! pendingReasons: [String!]! cancelledReason: String rewardSource: String
      programId: ID program: ProgramSummary globalRewardKey: String programRewardKey: String
    }
    type FlatRewardList { data: [FlatReward!]! count: Int! totalCount: Int! }
    extend type User {
      rewards(limit: Int! = 20, offset: Int! = 0, filter: RewardFilterInput, sortBy: [RSSortByInput!]): FlatRewardList!
      instantAccessRewards(limit: Int! = 20, offset: Int! = 0, filter: RewardFilterInput): FlatRewardList!
    }
    """,
    {
        "User.rewards": _rewards,
        "User.instantAccessRewards": _instant_access,
        "FlatReward.id": attribute("public_id"),
        "FlatReward.value": attribute("amount"),
        "FlatReward.availableValue": lambda reward, _info: _available(reward),
        "FlatReward.assignedCredit": lambda reward, _info: _credit(reward, reward.amount),
        "FlatReward.redeemedCredit": lambda reward, _info: _credit(reward, reward.redeemed),
        "FlatReward.unit": lambda reward, _info: reward.unit.key if reward.unit else "%",
        "FlatReward.currency": lambda reward, _info: (reward.unit.currency or None) if reward.unit else None,
        "FlatReward.dateGiven": instant_of("date_given"),
        "FlatReward.dateCreated": instant_of("date_created"),
        "FlatReward.dateExpires": instant_of("date_expires"),
        "FlatReward.dateCancelled": instant_of("date_cancelled"),
        "FlatReward.dateRedeemed": instant_of("date_redeemed"),
        "FlatReward.dateScheduledFor": instant_of("date_scheduled_for"),
        "FlatReward.fuelTankCode": lambda reward, _info: reward.fuel_tank_code or None,
        "FlatReward.fuelTankType": lambda reward, _info: (
            FUEL_TANK[reward.is_percentage] if reward.type == RewardType.FUELTANK else None
        ),
        "FlatReward.cancellable": lambda reward, info: is_cancellable(reward, at=call_of(info).caller.at),
        "FlatReward.prettyValue": _shown(lambda reward: reward.amount),
        "FlatReward.prettyAssignedCredit": _shown(lambda reward: reward.amount),
        "FlatReward.prettyAvailableValue": _shown(_available),
        "FlatReward.prettyRedeemedCredit": _shown(lambda reward: reward.redeemed),
        "FlatReward.statuses": _statuses,
        "FlatReward.pendingReasons": lambda reward, _info: [reward.pending_reason] if reward.pending_reason else [],
        "FlatReward.cancelledReason": lambda reward, _info: reward.cancelled_reason or None,
        "FlatReward.rewardSource": attribute("source"),
        "FlatReward.programId": lambda reward, _info: reward.program.key if reward.program else None,
        "FlatReward.program": lambda reward, _info: reward.program,
        "FlatReward.globalRewardKey": lambda reward, _info: (
            reward.catalog_reward.key if reward.catalog_reward else None
        ),
        "FlatReward.programRewardKey": lambda _reward, _info: None,
        "ProgramSummary.id": attribute("key"),
    },
)
