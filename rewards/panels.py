"""What other pages show of rewards, and what a reward's own page is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Badge, Fact, dash, instant, mono, number
from advocate.lib.clock import now
from advocate.lib.panels import Panel, register_panel
from jobs.models import Job
from programs.models import Conversion, Participant
from rewards import queries
from rewards.amounts import amount_text
from rewards.badges import status_badge
from rewards.models import Reward, RewardEntry, RewardRule, RewardType
from rewards.paging import Lines, page_of
from team.panels import history_panel

SEE = "rewards.view_reward"
# The amounts of a balance in the order of their columns.
AMOUNTS = {
    "available": gettext_lazy("Available"),
    "redeemed": gettext_lazy("Redeemed"),
    "pending": gettext_lazy("Pending"),
    "expired": gettext_lazy("Expired"),
    "cancelled": gettext_lazy("Cancelled"),
}
MAIN = "available"
ALWAYS_SHOWN = ("available", "redeemed")


@dataclass(frozen=True, slots=True)
class Stat:
    """A number with its name; the main one is what the person looks for."""

    label: str | Promise
    value: str
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """What a participant has of one unit."""

    title: str
    subtitle: str
    stats: tuple[Stat, ...]


@dataclass(frozen=True, slots=True)
class RewardLine:
    """A reward as a participant's page lists it; ``redeemed_percent`` is set where a part is redeemed."""

    reward: Reward
    url: str
    title: str
    value: str
    left: str
    badge: Badge
    redeemed_percent: int | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """A redemption or a reversal, and what caused it."""

    entry: RewardEntry
    reward_url: str
    reward_title: str
    value: str
    badge: Badge
    by: str
    job: Job | None
    job_url: str
    can_reverse: bool


def balances(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return what the participant has of each unit."""
    found = queries.balances_of(participant, at=now())
    # Available and redeemed always have their place; the others only where there is something to see.
    shown = [name for name in AMOUNTS if name in ALWAYS_SHOWN or any(getattr(one, name) for one in found if one.unit)]
    add_url = f"{reverse('admin:rewards_reward_add')}?participant={participant.pk}"
    return {
        "headers": [_("Rewards"), *(AMOUNTS[name] for name in shown)],
        "lines": [_balance_line(balance, shown) for balance in found],
        "add_url": add_url if request.user.has_perm("rewards.add_reward") else "",
    }


def _balance_line(balance: queries.Balance, shown: Sequence[str]) -> BalanceLine:
    unit, kind = balance.unit, str(RewardType(balance.type).label)
    count = Stat(_("Rewards"), str(number(balance.count)))
    if unit is None:
        return BalanceLine(kind, "%", (count, *(Stat(AMOUNTS[name], "") for name in shown)))
    amounts = ((name, int(getattr(balance, name))) for name in shown)
    stats = (
        Stat(AMOUNTS[name], amount_text(amount, unit) if amount or name in ALWAYS_SHOWN else "", name == MAIN)
        for name, amount in amounts
    )
    title = unit.name if balance.type == RewardType.CREDIT else f"{unit.name} · {kind}"
    return BalanceLine(title, unit.key, (count, *stats))


def rewards(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return a page of the participant's rewards, the newest first."""
    at = now()
    page = page_of(request, "rewards", queries.rewards_of(participant))
    return {"page": Lines([_reward_line(reward, at) for reward in page.rows], page.newer_url, page.older_url)}


def _reward_line(reward: Reward, at: datetime) -> RewardLine:
    is_partly_redeemed = 0 < reward.redeemed < reward.amount
    return RewardLine(
        reward=reward,
        url=reverse("admin:rewards_reward_change", args=[reward.pk]),
        title=reward.name or reward.get_type_display(),
        value=amount_text(reward.amount, reward.unit),
        left=amount_text(reward.left, reward.unit),
        badge=status_badge(reward, at=at),
        redeemed_percent=reward.redeemed * 100 // reward.amount if is_partly_redeemed else None,
    )


def redemptions(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return a page of what was redeemed from the participant's rewards, the newest first."""
    return {"page": _entry_lines(request, "redemptions", queries.redemptions_of(participant))}


def reward_ledger(request: HttpRequest, reward: Reward) -> Mapping[str, Any]:
    """Return a page of what was redeemed from one reward, the newest first."""
    return {"page": _entry_lines(request, "redemptions", queries.entries_of(reward)), "reward": reward}


def _entry_lines(request: HttpRequest, name: str, entries: Any) -> Lines:
    page = page_of(request, name, entries)
    reversed_ids = queries.reversed_among(page.rows)
    may_reverse = request.user.has_perm("rewards.reverse_redemption")
    rows = [_entry_line(entry, entry.pk in reversed_ids, may_reverse=may_reverse) for entry in page.rows]
    return Lines(rows, page.newer_url, page.older_url)


def _entry_line(entry: RewardEntry, was_reversed: bool, *, may_reverse: bool) -> EntryLine:
    is_redemption = entry.kind == RewardEntry.Kind.REDEMPTION
    return EntryLine(
        entry=entry,
        reward_url=reverse("admin:rewards_reward_change", args=[entry.reward_id]),
        reward_title=entry.reward.name or entry.reward.get_type_display(),
        value=amount_text(entry.amount if is_redemption else -entry.amount, entry.reward.unit),
        badge=_entry_badge(is_redemption=is_redemption, was_reversed=was_reversed),
        by=str(entry.user) if entry.user else entry.actor,
        job=entry.job,
        job_url=_job_url(entry.job),
        can_reverse=may_reverse and is_redemption and not was_reversed,
    )


def _entry_badge(*, is_redemption: bool, was_reversed: bool) -> Badge:
    if was_reversed:
        return Badge(_("Redeemed, then reversed"))
    return Badge(_("Redeemed"), "info") if is_redemption else Badge(_("Reversal"), "warning")


def _job_url(job: Job | None) -> str:
    if job is None:
        return ""
    try:
        return reverse("admin:jobs_job_change", args=[job.pk])
    except NoReverseMatch:
        return ""


def reward_facts(request: HttpRequest, reward: Reward) -> Mapping[str, Any]:
    """Return all that is known of a reward: only the facts that it has."""
    facts = [
        Fact(_("Type"), reward.get_type_display()),
        Fact(_("Unit"), reward.unit.name if reward.unit else "%"),
        Fact(_("Source"), reward.get_source_display()),
        Fact(_("Program"), reward.program.name if reward.program else dash()),
    ]
    optional: list[tuple[str, Any]] = [
        (_("Referral"), reward.referral_id and _referral_of(reward)),
        (_("Order"), reward.conversion and _order_of(reward.conversion)),
        (_("Reward rule"), reward.rule and _rule_of(reward.rule)),
        (_("Catalog reward"), reward.catalog_reward and reward.catalog_reward.name),
        (_("Code"), reward.fuel_tank_code and mono(reward.fuel_tank_code)),
        (_("Your own ID"), reward.unique_id and mono(reward.unique_id)),
        (_("Pending because"), reward.pending_reason and reward.get_pending_reason_display()),
        (_("Cancelled because"), reward.cancelled_reason),
    ]
    facts += [Fact(label, value) for label, value in optional if value]
    return {"facts": facts, "dates": _dates(reward), "reward": reward}


def _referral_of(reward: Reward) -> SafeString:
    url = reverse("admin:programs_referral_change", args=[reward.referral_id])
    return format_html('<a href="{}">{}</a>', url, _("Show the referral"))


def _order_of(conversion: Conversion) -> SafeString:
    url = reverse("admin:programs_conversion_change", args=[conversion.pk])
    return format_html('<a href="{}">{}</a>', url, mono(conversion.order_id))


def _rule_of(rule: RewardRule) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:rewards_rewardrule_change", args=[rule.pk]), rule)


def _dates(reward: Reward) -> list[Fact]:
    dates = (
        (_("Created"), reward.date_created),
        (_("Scheduled for"), reward.date_scheduled_for),
        (_("Given"), reward.date_given),
        (_("Expires"), reward.date_expires),
        (_("Fully redeemed"), reward.date_redeemed),
        (_("Cancelled"), reward.date_cancelled),
    )
    return [Fact(label, instant(date)) for label, date in dates if date is not None]


def register() -> None:
    """Add the panels to a participant's tab Rewards and to a reward's page."""
    template = "rewards/panels/{}.html".format
    on_participant: Any = {"page": "participant", "tab": "rewards", "permission": SEE, "wide": True}
    on_reward: Any = {"page": "reward", "permission": SEE, "wide": True}
    for panel in (
        Panel(key="balances", template=template("balances"), context=balances, order=10, **on_participant),
        Panel(key="rewards", template=template("rewards"), context=rewards, order=20, **on_participant),
        Panel(key="redemptions", template=template("redemptions"), context=redemptions, order=30, **on_participant),
        Panel(key="facts", template=template("reward_facts"), context=reward_facts, order=10, **on_reward),
        Panel(key="ledger", template=template("reward_ledger"), context=reward_ledger, order=20, **on_reward),
        history_panel(page="reward", permission="team.view_auditentry"),
    ):
        register_panel(panel)
