"""What a participant's activity tells of codes that did not count, of rewards, and of the mails about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import DateTimeField, F, Q
from django.db.models.expressions import Case, When
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.prefixes import ascii_lower
from outbox.models import Email
from programs.activity import ActivityLine, register_activity
from programs.models import Participant, Touch, TouchOutcome
from rewards import queries
from rewards.amounts import amount_text
from rewards.attribution.explaining import explain_touches, with_people
from rewards.models import Reward, RewardEntry

MAILS_TO_PARTICIPANTS: Final = ("reward-given",)
TOLD_OTHERWISE: Final = (TouchOutcome.ATTRIBUTED, TouchOutcome.SAME_AGAIN)  # the referral itself is told of


def refused_touches(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return which codes the participant came with that did not count, and why."""
    found = with_people(Touch.objects.filter(friend=participant).exclude(outcome__in=TOLD_OTHERWISE))
    touches = list(found.order_by("-at", "-pk")[:limit])
    return [
        ActivityLine(
            at=touch.at,
            what=_("Came with a code that did not count:"),
            who=touch.sent_by,
            name=touch.text,
            program=touch.program.name if touch.program else "",
            detail=explanation.sentence,
        )
        for touch, explanation in zip(touches, explain_touches(touches), strict=True)
    ]


def reward_lines(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return when the participant got rewards, and when some were cancelled or expired."""
    expired = Case(When(Q(status=Reward.Status.EXPIRED), then=F("date_expires")), output_field=DateTimeField())
    last = Coalesce("date_cancelled", expired, "date_created")
    found = queries.rewards_of(participant).order_by(last.desc(), "-pk")[:limit]
    return [line for reward in found for line in _steps(reward)]


def _steps(reward: Reward) -> Iterator[ActivityLine]:
    yield _line(reward, _("Got a reward:") if reward.date_given else _("Was promised a reward:"), reward.date_created)
    if reward.date_cancelled is not None:
        yield _line(reward, _("A reward was cancelled:"), reward.date_cancelled, detail=reward.cancelled_reason)
    if reward.status == Reward.Status.EXPIRED and reward.date_expires is not None:
        yield _line(reward, _("A reward expired:"), reward.date_expires)


def _line(reward: Reward, what: str, at: datetime, *, detail: str = "") -> ActivityLine:
    value = amount_text(reward.amount, reward.unit)
    return ActivityLine(
        at=at,
        what=what,
        name=f"{value} · {reward.name}" if reward.name else value,
        url=reverse("admin:rewards_reward_change", args=[reward.pk]),
        program=reward.program.name if reward.program else "",
        detail=detail,
    )


def redemption_lines(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return what was redeemed of the participant's rewards, and what of it was reversed."""
    return [_entry_line(entry) for entry in queries.redemptions_of(participant)[:limit]]


def _entry_line(entry: RewardEntry) -> ActivityLine:
    is_redemption = entry.kind == RewardEntry.Kind.REDEMPTION
    return ActivityLine(
        at=entry.at,
        what=_("Redeemed:") if is_redemption else _("A redemption was reversed:"),
        who=str(entry.user) if entry.user else entry.actor,
        name=amount_text(entry.amount, entry.reward.unit),
        url=reverse("admin:rewards_reward_change", args=[entry.reward_id]),
        detail=entry.job.name if entry.job else entry.note,
    )


def mail_lines(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return which mails about rewards went to the participant's address."""
    if not participant.email:
        return []
    mails = Email.objects.alias(low=Lower("to")).filter(
        low=ascii_lower(participant.email), name__in=MAILS_TO_PARTICIPANTS
    )
    return [
        ActivityLine(at=mail.created_at, what=_("E-mail:"), name=mail.subject, detail=mail.get_status_display())
        for mail in mails.order_by("-created_at", "-pk").defer("text", "html")[:limit]
    ]


def register() -> None:
    """Let participants' activity tell of their rewards."""
    register_activity(refused_touches, permission="programs.view_touch")
    for source in (reward_lines, redemption_lines, mail_lines):
        register_activity(source, permission="rewards.view_reward")
