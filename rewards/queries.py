from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from advocate.lib.found import Found
from programs.models import Participant, Referral
from programs.queries import PEOPLE_SEARCHED, search_participants
from rewards.models import CatalogReward, Reward, RewardEntry, RewardRule, RewardType, RewardUnit

POPULARITY_WINDOW = timedelta(days=30)
REWARD_ID = re.compile(r"[0-9a-fA-F]{24}")


@dataclass(frozen=True, slots=True)
class Balance:
    """
    What a participant has of one unit, or of percentages where ``unit`` is none.

    Amounts are in the unit's smallest fraction; together they are what was ever given or promised.
    """

    type: str
    unit: RewardUnit | None
    count: int
    available: int
    pending: int
    redeemed: int
    expired: int
    cancelled: int


def is_past(at: datetime) -> Q:
    """Match rewards whose expiry has come, whether or not the expiry task has run."""
    return Q(date_expires__lte=at)


def is_available(at: datetime) -> Q:
    """Match rewards that may be drawn at ``at``."""
    return Q(status=Reward.Status.AVAILABLE) & (Q(date_expires__isnull=True) | Q(date_expires__gt=at))


def is_drawable(at: datetime) -> Q:
    """Match the available rewards that hold an amount to redeem; codes and percentages do not."""
    return is_available(at) & Q(type=RewardType.CREDIT)


def is_expired(at: datetime) -> Q:
    """Match rewards that are expired, or past their expiry though still marked AVAILABLE."""
    return Q(status=Reward.Status.EXPIRED) | (Q(status=Reward.Status.AVAILABLE) & is_past(at))


def balances_of(participant: Participant, *, at: datetime) -> list[Balance]:
    """Return what the participant has of each type and unit, in one query, Credit first."""
    rows = (
        Reward.objects.filter(participant=participant)
        .order_by()
        .values("type", "unit_id")
        .annotate(count=Count("id"), **_sums(at))
        .order_by("type", "unit_id")
    )
    units = RewardUnit.objects.in_bulk([row["unit_id"] for row in rows if row["unit_id"]])
    return [_balance(row, units) for row in rows]


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """What an account, or one user of it, has of one type and unit, with the percentages by where they come from."""

    balance: Balance
    percent: int
    percent_referred: int
    percent_referrer: int
    available_count: int


def account_balances(
    *,
    account_id: str,
    user_id: str | None = None,
    type: str = "",  # noqa: A002 (the field's name)
    at: datetime,
) -> list[AccountBalance]:
    """Return what an account has of each type and unit, in one query and one for the units."""
    rewards = rewards_of_account(account_id=account_id, user_id=user_id, type=type)
    is_valid = is_available(at)
    sums = {
        name: Coalesce(Sum("amount", filter=is_valid & which), 0)
        for name, which in (
            ("percent", Q()),
            ("percent_referred", Q(source=Reward.Source.REFERRED)),
            ("percent_referrer", Q(source=Reward.Source.FRIEND_SIGNUP)),
        )
    }
    rows: Any = (
        rewards.order_by()
        .values("type", "unit_id")
        .annotate(count=Count("id"), available_count=Count("id", filter=is_valid), **_sums(at), **sums)
        .order_by("type", "unit_id")
    )
    units = RewardUnit.objects.in_bulk([row["unit_id"] for row in rows if row["unit_id"]])
    own = ("percent", "percent_referred", "percent_referrer", "available_count")
    return [AccountBalance(_balance(row, units), **{name: row[name] for name in own}) for row in rows]


def rewards_of_account(
    *,
    account_id: str,
    user_id: str | None = None,
    type: str = "",  # noqa: A002 (the field's name)
) -> QuerySet[Reward]:
    """Return the rewards of all users of an account, or of one of them, the newest first."""
    owners = Participant.objects.filter(account_id=account_id)
    if user_id is not None:
        owners = owners.filter(user_id=user_id)
    rewards = Reward.objects.filter(participant__in=owners.values("pk"))
    if type:
        rewards = rewards.filter(type=type)
    return rewards.order_by("-date_created", "-id")


def rewards_of_referrals(referrals: Iterable[Referral]) -> QuerySet[Reward]:
    """Return the rewards that referrals gave to either side, the first ones last."""
    ids = [referral.pk for referral in referrals]
    found = Reward.objects.filter(referral__in=ids).select_related("participant", "unit", "program", "catalog_reward")
    return found.order_by("-date_created", "-id")


def available_of(*, account_id: str, unit: RewardUnit, at: datetime) -> int:
    """Return what an account can redeem of a unit at an instant."""
    rewards = rewards_of_account(account_id=account_id).filter(is_drawable(at), unit=unit).order_by()
    return int(rewards.aggregate(left=Coalesce(Sum(F("amount") - F("redeemed")), 0))["left"])


def rewards_of(participant: Participant) -> QuerySet[Reward]:
    """Return the participant's rewards, the newest first, with what a list of them shows."""
    return (
        Reward.objects.filter(participant=participant)
        .select_related("unit", "program", "catalog_reward")
        .order_by("-date_created", "-id")
    )


def redemptions_of(participant: Participant) -> QuerySet[RewardEntry]:
    """Return the participant's redemptions and reversals, the newest first, with what caused each."""
    return (
        RewardEntry.objects.filter(reward__participant=participant)
        .select_related("reward__unit", "job", "user", "reverses")
        .order_by("-at", "-id")
    )


def entries_of(reward: Reward) -> QuerySet[RewardEntry]:
    """Return a reward's redemptions and reversals, the newest first, with what caused each."""
    entries = RewardEntry.objects.filter(reward=reward)
    return entries.select_related("reward__unit", "job", "user", "reverses").order_by("-at", "-id")


def reversed_among(entries: Iterable[RewardEntry]) -> set[int]:
    """Return the ids of those entries that were reversed."""
    ids = [entry.pk for entry in entries]
    return set(RewardEntry.objects.filter(reverses__in=ids).values_list("reverses_id", flat=True))


def given_since(catalog_rewards: Iterable[CatalogReward], *, at: datetime) -> dict[int, int]:
    """Return how often each catalog reward was given in the 30 days before ``at``, in one query."""
    ids = [catalog_reward.pk for catalog_reward in catalog_rewards]
    counts = (
        Reward.objects.filter(catalog_reward__in=ids, date_created__gt=at - POPULARITY_WINDOW)
        .order_by()
        .values("catalog_reward_id")
        .annotate(count=Count("id"))
    )
    return {row["catalog_reward_id"]: row["count"] for row in counts}


def standing_redemptions(rewards: Iterable[Reward]) -> QuerySet[RewardEntry]:
    """Return the redemptions of rewards that nobody reversed, in their order."""
    reversals = RewardEntry.objects.filter(reverses=OuterRef("pk"))
    redeemed = [reward.pk for reward in rewards if reward.redeemed]
    found = RewardEntry.objects.filter(reward__in=redeemed, kind=RewardEntry.Kind.REDEMPTION)
    return found.exclude(Exists(reversals)).order_by("at", "id")


def reward_of_id(public_id: str) -> Reward | None:
    """Return the reward of this ID, with what is written of it beside."""
    if not REWARD_ID.fullmatch(public_id):
        return None
    found = Reward.objects.filter(public_id=public_id.lower())
    return found.select_related("participant", "unit", "program", "catalog_reward").first()


def unit_of_key(key: str) -> RewardUnit | None:
    """Return the reward unit of this ID."""
    return RewardUnit.objects.filter(key=key).first()


def unit_is_used(unit: RewardUnit) -> bool:
    """Say whether any reward, catalog reward or rule counts in the unit, after which its digits mean money."""
    return any(model.objects.filter(unit=unit).exists() for model in (Reward, CatalogReward, RewardRule))


def _sums(at: datetime) -> dict[str, Coalesce]:
    rest = F("amount") - F("redeemed")
    return {
        "available": Coalesce(Sum(rest, filter=is_available(at)), 0),
        "pending": Coalesce(Sum(rest, filter=Q(status=Reward.Status.PENDING)), 0),
        "redeemed_total": Coalesce(Sum("redeemed"), 0),
        "expired": Coalesce(Sum(rest, filter=is_expired(at)), 0),
        "cancelled": Coalesce(Sum(rest, filter=Q(status=Reward.Status.CANCELLED)), 0),
    }


def _balance(row: Mapping[str, Any], units: dict[int, RewardUnit]) -> Balance:
    return Balance(
        type=row["type"],
        unit=units.get(row["unit_id"]),
        count=row["count"],
        available=row["available"],
        pending=row["pending"],
        redeemed=row["redeemed_total"],
        expired=row["expired"],
        cancelled=row["cancelled"],
    )


def search_rewards(query: str, *, among: QuerySet[Reward]) -> Found[Reward]:
    """Return the rewards, of those given, whose ID was typed in full or whose participant each word finds."""
    words = query.strip()
    if not words:
        return Found(among)
    if REWARD_ID.fullmatch(words):
        return Found(among.filter(public_id=words.lower()))
    people = search_participants(words, most=PEOPLE_SEARCHED)
    return Found(among.filter(participant__in=people.rows.values("pk")), most=people.most, is_cut=people.is_cut)
