"""What the pages of referrals and conversions show: how they came about, and what they gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.admin import Badge, Fact, dash, instant, mono
from advocate.lib.admin.parts import Kind
from advocate.lib.clock import now
from advocate.lib.panels import Panel, register_panel
from programs.models import Conversion, Participant, Referral, Touch, TouchOutcome
from programs.panels import referred_by
from rewards import queries
from rewards.admin.referrers import add_referrer_url
from rewards.amounts import amount_text
from rewards.attribution.explaining import (
    Explanation,
    explain_conversion,
    explain_friend,
    explain_referral,
    explain_touches,
    with_people,
)
from rewards.badges import status_badge
from rewards.models import Reward
from rewards.paging import Lines, page_of
from rewards.referral_lines import conversion_badge, order_amount
from team.panels import history_panel

SEE_REFERRALS: Final = "programs.view_referral"
SEE_CONVERSIONS: Final = "programs.view_conversion"
SEE_REWARDS: Final = "rewards.view_reward"
KINDS: Final[dict[str, Kind]] = {
    TouchOutcome.ATTRIBUTED: "success",
    TouchOutcome.SAME_AGAIN: "neutral",
    TouchOutcome.ALREADY_REFERRED: "neutral",
}


@dataclass(frozen=True, slots=True)
class TouchLine:
    """A code that came with a friend or an order, what came of it, and why."""

    touch: Touch
    badge: Badge
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class ConversionLine:
    """An order as lists show it."""

    conversion: Conversion
    url: str
    amount: str
    badge: Badge


@dataclass(frozen=True, slots=True)
class GivenLine:
    """A reward, who got it, and how it stands."""

    reward: Reward
    url: str
    title: str
    value: str
    badge: Badge


def touches_of_referral(request: HttpRequest, referral: Referral) -> Mapping[str, Any]:
    """Return a page of the codes that came with the friend in the referral's program, the first ones first."""
    return _touches(request, Touch.objects.filter(referral=referral))


def touches_of_conversion(request: HttpRequest, conversion: Conversion) -> Mapping[str, Any]:
    """Return a page of the codes that came with an order, the first ones first."""
    return _touches(request, Touch.objects.filter(conversion=conversion))


def _touches(request: HttpRequest, touches: QuerySet[Touch]) -> Mapping[str, Any]:
    page = page_of(request, "touches", with_people(touches).order_by("at", "pk"))
    explained = zip(page.rows, explain_touches(page.rows), strict=True)
    lines = [TouchLine(touch, touch_badge(touch.outcome), explanation) for touch, explanation in explained]
    return {"page": Lines(lines, page.newer_url, page.older_url)}


def why_referred(request: HttpRequest, referral: Referral) -> Mapping[str, Any]:
    """Return in words how the referral came about."""
    return {"title": _("How it came about"), "explanations": [explain_referral(referral)]}


def why_it_counts(request: HttpRequest, conversion: Conversion) -> Mapping[str, Any]:
    """Return in words whether an order counts for an advocate, for whom, and why."""
    return {"title": _("For whom it counts"), "explanations": [explain_conversion(conversion)]}


def how_they_came(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return in words who referred a participant, and why codes that they came with did not."""
    told = explain_friend(participant)
    return {"title": _("How they came"), "explanations": [*told.referrals, *told.refused]}


def touch_badge(outcome: str) -> Badge:
    """Return what came of a touch, in a few words."""
    return Badge(TouchOutcome(outcome).label, KINDS.get(outcome, "warning"))


def conversions_of_referral(request: HttpRequest, referral: Referral) -> Mapping[str, Any]:
    """Return a page of the friend's orders that count for the advocate, the newest first."""
    return _conversions(request, Conversion.objects.filter(referral=referral))


def referrer(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return who referred the participant, in each program, and where a referrer is added."""
    return {**referred_by(request, participant), "add_url": add_referrer_url(request, participant)}


def conversions_of_participant(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return a page of a participant's own orders, the newest first."""
    return _conversions(request, Conversion.objects.filter(friend=participant))


def _conversions(request: HttpRequest, conversions: Any) -> Mapping[str, Any]:
    newest = conversions.select_related("program", "advocate").order_by("-happened_at", "-pk")
    page = page_of(request, "orders", newest)
    return {"page": Lines([_conversion_line(one) for one in page.rows], page.newer_url, page.older_url)}


def _conversion_line(conversion: Conversion) -> ConversionLine:
    url = reverse("admin:programs_conversion_change", args=[conversion.pk])
    return ConversionLine(conversion, url, order_amount(conversion), conversion_badge(conversion))


def rewards_of_referral(request: HttpRequest, referral: Referral) -> Mapping[str, Any]:
    """Return a page of what the referral has given to both sides, the newest first."""
    return _rewards(request, queries.rewards_of_referrals([referral]))


def _rewards(request: HttpRequest, rewards: Any) -> Mapping[str, Any]:
    at = now()
    page = page_of(request, "rewards", rewards)
    return {"page": Lines([_given_line(reward, at) for reward in page.rows], page.newer_url, page.older_url)}


def _given_line(reward: Reward, at: Any) -> GivenLine:
    return GivenLine(
        reward=reward,
        url=reverse("admin:rewards_reward_change", args=[reward.pk]),
        title=reward.name or reward.get_type_display(),
        value=amount_text(reward.amount, reward.unit),
        badge=status_badge(reward, at=at),
    )


def as_sent(request: HttpRequest, conversion: Conversion) -> Mapping[str, Any]:
    """Return what the shop sent with an order, character by character, and when."""
    sent = (
        (_("Order ID"), conversion.order_id),
        (_("Promo code"), conversion.promo_code),
        (_("Customer ID"), conversion.customer_id),
        (_("Customer's e-mail"), conversion.customer_email),
        (_("Conversion ID"), conversion.public_id),
    )
    dates = (
        (_("Ordered"), conversion.happened_at),
        (_("Received"), conversion.received_at),
        (_("Looked at"), conversion.worked_at),
        (_("Reversed"), conversion.reversed_at),
    )
    facts = [Fact(label, mono(text) if text else dash()) for label, text in sent]
    return {"facts": facts + [Fact(label, instant(date)) for label, date in dates if date is not None]}


def register() -> None:
    """Add the panels to the pages of referrals and conversions, and to a participant's tab Referrals."""
    panels: tuple[tuple[str, str, str, Any, str, int], ...] = (
        ("referral", "why", "explanation", why_referred, SEE_REFERRALS, 5),
        ("referral", "touches", "touches", touches_of_referral, SEE_REFERRALS, 10),
        ("referral", "orders", "conversions", conversions_of_referral, SEE_CONVERSIONS, 20),
        ("referral", "rewards", "given_rewards", rewards_of_referral, SEE_REWARDS, 30),
        ("conversion", "why", "explanation", why_it_counts, SEE_CONVERSIONS, 5),
        ("conversion", "touches", "touches", touches_of_conversion, SEE_CONVERSIONS, 10),
        ("conversion", "as-sent", "as_sent", as_sent, SEE_CONVERSIONS, 30),
    )
    for page, key, template, context, permission, order in panels:
        register_panel(Panel(page, key, f"rewards/panels/{template}.html", context, "", permission, order, wide=True))
    of_participant: tuple[tuple[str, str, Any, str, int], ...] = (
        ("referrer", "programs/panels/referred_by.html", referrer, SEE_REFERRALS, 10),
        ("how", "rewards/panels/explanation.html", how_they_came, SEE_REFERRALS, 15),
        ("orders", "rewards/panels/conversions.html", conversions_of_participant, SEE_CONVERSIONS, 30),
    )
    for key, template, context, permission, order in of_participant:
        register_panel(Panel("participant", key, template, context, "referrals", permission, order, wide=True))
    for page in ("referral", "conversion"):
        register_panel(history_panel(page=page, permission="team.view_auditentry"))
