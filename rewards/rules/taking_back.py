from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from programs.models import Conversion
from rewards.amounts import amount_text
from rewards.models import Reward, RuleResult, RuleTally
from rewards.operations import cancel_reward
from rewards.operations.errors import RewardNotCancellable
from team.audit import Actor
from team.queries import company

Outcome = RuleResult.Outcome


@dataclass(frozen=True, slots=True)
class Kept:
    """A reward of which something stays with the participant, and why in words."""

    reward: Reward
    why: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What the reversal of an order took back, and what it could not; a partly redeemed reward is in both."""

    cancelled: list[Reward] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


@transaction.atomic
def take_back_for_conversion(*, conversion: Conversion, by: Actor, at: datetime) -> TakenBack:
    """
    Cancel what is still cancellable of the rewards that an order gave; return that and what stays.

    What was redeemed has been paid out or used, so it stays. Once more does nothing more.
    """
    taken = TakenBack()
    rewards = Reward.objects.filter(conversion=conversion).exclude(status=Reward.Status.CANCELLED)
    for reward in rewards.select_for_update(of=("self",)).select_related("unit", "participant").order_by("pk"):
        _take_back(reward, reason=_reason(conversion), taken=taken, by=by, at=at)
    return taken


def why_kept(reward: Reward, *, at: datetime) -> str:
    """Say in words what of a reward a reversal leaves with its participant, or nothing if nothing stays."""
    if reward.redeemed:
        text = _("%(redeemed)s of %(amount)s had been redeemed and stays redeemed.")
        redeemed, amount = amount_text(reward.redeemed, reward.unit), amount_text(reward.amount, reward.unit)
        if reward.redeemed == reward.amount:
            return _("All of it, %(amount)s, had been redeemed and stays redeemed.") % {"amount": amount}
        return text % {"redeemed": redeemed, "amount": amount}
    if reward.status_at(at) == Reward.Status.EXPIRED:
        return _("It had expired, so there was nothing to take back.")
    return ""


def _take_back(reward: Reward, *, reason: str, taken: TakenBack, by: Actor, at: datetime) -> None:
    try:
        cancel_reward(reward=reward, reason=reason, by=by, at=at)
    except RewardNotCancellable:
        taken.kept.append(Kept(reward, why_kept(reward, at=at)))
        return
    reward.refresh_from_db(fields=["status", "cancelled_reason", "date_cancelled", "pending_reason", "updated_at"])
    taken.cancelled.append(reward)
    if reward.redeemed:
        taken.kept.append(Kept(reward, why_kept(reward, at=at)))
    else:
        _give_turn_back(reward)


def _give_turn_back(reward: Reward) -> None:
    """Let the rule count the reward no more: the advocate's next friend, or the friend's next order, has its turn."""
    given = RuleResult.objects.filter(reward=reward, outcome=Outcome.GIVEN)
    if not given.update(outcome=Outcome.TAKEN_BACK):
        return
    if reward.source == Reward.Source.FRIEND_SIGNUP:
        tally = RuleTally.objects.filter(rule=reward.rule_id, participant=reward.participant_id, given__gt=0)
        tally.update(given=F("given") - 1)


def _reason(conversion: Conversion) -> str:
    """Return what is written with a cancelled reward, in the language of the company."""
    with translation.override(company().default_language or settings.LANGUAGE_CODE):
        return _("The order %(order)s was reversed.") % {"order": conversion.order_id}
