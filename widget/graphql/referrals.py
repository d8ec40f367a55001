from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Count, Max, Min, QuerySet

from api.instants import milliseconds
from programs.models import Participant, Referral
from programs.queries import referrals_made, referrals_received
from rewards.models import Reward
from rewards.queries import rewards_of_referrals
from widget.graphql.areas import Area, Info, attribute, call_of, envelope, instant_of, page_bounds
from widget.graphql.links import clicks_of
from widget.graphql.periods import within
from widget.graphql.redemptions import read_together

Filter = Mapping[str, Any]


@dataclass
class Page:
    """Referrals that are answered together, so that their rewards are read together."""

    referrals: Sequence[Referral]
    user: Participant

    @cached_property
    def rewards(self) -> Mapping[int, list[Reward]]:
        """Return what each referral gave the user who asks."""
        found: dict[int, list[Reward]] = {}
        referrals = {referral.pk: referral for referral in self.referrals}
        for reward in rewards_of_referrals(self.referrals).filter(participant=self.user):
            reward.referral = referrals[reward.referral_id or 0]
            found.setdefault(reward.referral_id or 0, []).append(reward)
        return found

    @property
    def rows(self) -> list[Row]:
        """Return the referrals, each knowing its page."""
        return [Row(referral, self) for referral in self.referrals]


@dataclass(frozen=True, slots=True)
class Row:
    """A referral on its page."""

    referral: Referral
    page: Page


def _wanted(user: Participant, wanted: Filter, info: Info) -> QuerySet[Referral]:
    found = referrals_made(user)
    if wanted.get("programId_eq") is not None:
        found = found.filter(program__key=wanted["programId_eq"])
    if wanted.get("programId_exists") is False:
        return found.none()  # each referral is of a program
    if wanted.get("dateReferralPaid_timeframe") is not None or wanted.get("dateReferralPaid_exists") is True:
        return found.none()  # no referral has this date
    if wanted.get("dateConverted_exists") is not None:
        found = found.filter(date_converted__isnull=not wanted["dateConverted_exists"])
    return within(found, "date_started", wanted.get("dateReferralStarted_timeframe"), call_of(info).caller.at)


def _referrals(
    user: Participant,
    info: Info,
    limit: int,
    offset: int,
    filter: Filter | None = None,  # noqa: A002  (the schema's name)
    sortBy: Any = None,
) -> dict[str, Any]:
    found = _wanted(user, filter or {}, info)
    shown = list(found[page_bounds(limit, offset)])
    for referral in shown:
        referral.referrer = user
    return envelope(Page(shown, user).rows, found.count())


def _referred_by(user: Participant, info: Info, programId: str | None = None) -> Row | None:
    found = referrals_received(user)
    wanted = found if programId is None else found.filter(program__key=programId)
    rows = Page(list(wanted[:1]), user).rows
    return rows[0] if rows else None


def _rewards(
    row: Row,
    info: Info,
    filter: Filter | None = None,  # noqa: A002  (the schema's name)
) -> list[Reward]:
    """Return what a referral gave the user who asks, whatever else a filter says: it can say no more."""
    rewards = row.page.rewards
    read_together(call_of(info), (reward for found in rewards.values() for reward in found))
    return rewards.get(row.referral.pk, [])


def _child_nodes(row: Row, info: Info, maxDepth: int, limit: int, offset: int) -> dict[str, Any]:
    """Return what came of a referral: the rewards of the user who asks."""
    rewards = _rewards(row, info)
    nodes = [{"data": reward, "depth": 1} for reward in rewards[page_bounds(limit, offset)]]
    return envelope(nodes, len(rewards))


def _referral_of(reward: Reward, _info: Info) -> Row | None:
    """Return the referral that a reward was given for, as the one who got the reward sees it."""
    return Row(reward.referral, Page([reward.referral], reward.participant)) if reward.referral else None


def _person(name: str) -> Any:
    """Return what shows a friend to an advocate, or an advocate to their friend: a name and nothing else."""

    def resolve(row: Row, _info: Any) -> dict[str, Any]:
        person: Participant = getattr(row.referral, name)
        names = {"firstName": person.first_name, "lastName": person.last_name[:1], "lastInitial": person.last_name[:1]}
        return {"id": person.user_id, "accountId": person.account_id, **names, "programGoals": []}

    return resolve


def _goals(user: Participant, info: Info) -> list[dict[str, Any]]:
    rows = referrals_made(user).order_by().values("program__key")
    counted = rows.annotate(
        count=Count("pk"), converted=Count("date_converted"), first=Min("date_started"), last=Max("date_started")
    ).order_by("program__key")
    return [
        {
            "goalId": "referral",
            "programId": row["program__key"],
            "count": row["count"],
            "conversionCount": row["converted"],
            "firstDate": milliseconds(row["first"]),
            "lastDate": milliseconds(row["last"]),
        }
        for row in counted
    ]


AREA: Final = Area(
    """
    input ReferralFilterInput {
      programId_eq: ID programId_exists: Boolean dateConverted_exists: Boolean
      dateReferralStarted_timeframe: RSRelativeTimeframe dateReferralPaid_timeframe: RSRelativeTimeframe
      dateReferralPaid_exists: Boolean
    }
    type ReferralPerson {
      id: String accountId: String firstName: String lastName: String lastInitial: String email: String
      programGoals: [ProgramGoal!]!
    }
    type FraudData { moderationStatus: String autoModerationStatus: String manualModerationStatus: String }
    type ProgramEmailTransaction implements GraphNodeData {
      id: ID! rewardId: ID dateCreated: RSDate dateQueued: RSDate dateSent: RSDate
    }
    type GraphNode { data: GraphNodeData depth: Int! }
    type GraphNodeList { data: [GraphNode!]! count: Int! totalCount: Long! }
    type Referral {
      id: ID! programId: ID program: ProgramSummary referredUser: ReferralPerson referrerUser: ReferralPerson
      referralCodeUsed: String shareLinkUsed: String moderationStatus: String fraudData: FraudData
      dateReferralStarted: RSDate dateConverted: RSDate dateConversionRetracted: RSDate dateReferralPaid: RSDate
      dateReferralEnded: RSDate dateModerated: RSDate dateModified: RSDate dateUserModified: RSDate
      dateFraudChecksCompleted: RSDate
      childNodes(maxDepth: Int! = 5, limit: Int! = 20, offset: Int! = 0): GraphNodeList!
      rewards(filter: RewardFilterInput): [FlatReward!]!
    }
    type ReferralList { data: [Referral!]! count: Int! totalCount: Int! }
    type ProgramGoal {
      goalId: String! programId: ID count: Int! conversionCount: Int! firstDate: RSDate! lastDate: RSDate!
    }
    type UserStats { traffic: Int! }
    extend type FlatReward { referralId: ID referral: Referral }
    extend type User {
      referrals(
        limit: Int! = 20, offset: Int! = 0, filter: ReferralFilterInput, sortBy: [RSSortByInput!]
      ): ReferralList!
      referredByReferral(programId: ID): Referral
      programGoals: [ProgramGoal!]!
      stats: UserStats!
    }
    """,
    {
        "User.referrals": _referrals,
        "User.referredByReferral": _referred_by,
        "User.programGoals": _goals,
        "User.stats": lambda user, info: {"traffic": clicks_of(user, info)},
        "Referral.id": lambda row, _info: f"{row.referral.pk:024x}",
        "Referral.programId": attribute("referral.program.key"),
        "Referral.program": attribute("referral.program"),
        "Referral.referredUser": _person("referred"),
        "Referral.referrerUser": _person("referrer"),
        "Referral.referralCodeUsed": lambda row, _info: row.referral.code_used or None,
        "Referral.moderationStatus": lambda _row, _info: "ACTIONED",
        "Referral.dateReferralStarted": instant_of("referral.date_started"),
        "Referral.dateConverted": instant_of("referral.date_converted"),
        "Referral.dateModified": instant_of("referral.updated_at"),
        "Referral.rewards": _rewards,
        "Referral.childNodes": _child_nodes,
        "GraphNodeData.__resolve_type": lambda _reward, _info, _type: "FlatReward",
        "FlatReward.referral": _referral_of,
        "FlatReward.referralId": lambda reward, _info: f"{reward.referral_id:024x}" if reward.referral_id else None,
    },
)
