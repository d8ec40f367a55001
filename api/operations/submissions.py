"""Calls about orders: answered at once, kept as they came, and worked off by a worker."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation

from advocate.lib.db import leave_gap, retry_deadlocks
from api.models import ConversionSubmission
from api.wake import wake_after_commit
from programs.models import Conversion
from rewards.attribution.conversions import conversions_of_order, reverse_conversion, submit_conversion
from rewards.attribution.orders import Order
from team.audit import Actor

Kind = ConversionSubmission.Kind
WOKEN_WITHIN: Final = timedelta(seconds=20)
SWEPT_AT_ONCE: Final = 1_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReversalWish:
    """Which order is to be taken back, by its action or its number, and why."""

    reason: str
    action_id: str = ""
    order_id: str = ""
    action_tracker_id: str = ""


@transaction.atomic
def submit_order(*, order: Order, sent: Mapping[str, str], by: Actor, at: datetime) -> ConversionSubmission:
    """Take in an order and return the submission that reports it: the first, however often the order is sent."""
    submitted = submit_conversion(order=order, at=at)
    conversion = submitted.conversion
    submission = ConversionSubmission(
        kind=Kind.CONVERSION,
        conversion=conversion,
        campaign_id=conversion.program.key,
        action_tracker_id=sent.get("ActionTrackerId") or sent.get("EventTypeId", ""),
        event_code=sent.get("EventTypeCode", ""),
        order_id=conversion.order_id,
        payload=_written(sent),
        sent_by=by.label,
        submitted_at=at,
    )
    ConversionSubmission.objects.bulk_create([submission], ignore_conflicts=True)
    if submitted.is_new:
        return submission
    return ConversionSubmission.objects.get(kind=Kind.CONVERSION, conversion=conversion)


@transaction.atomic
def submit_reversal(*, wish: ReversalWish, sent: Mapping[str, str], by: Actor, at: datetime) -> ConversionSubmission:
    """Take in the wish to take an order back; a worker finds out whether there is such an order."""
    submission = ConversionSubmission.objects.create(
        kind=Kind.REVERSAL,
        action_id=wish.action_id,
        order_id=wish.order_id,
        action_tracker_id=wish.action_tracker_id,
        reason=wish.reason,
        payload=_written(sent),
        sent_by=by.label,
        submitted_at=at,
    )
    wake_after_commit(submission.pk)
    return submission


def work_off_submission(*, submission_id: int, at: datetime) -> None:
    """Take back the order that a submission names, or say that there is none; again changes nothing."""
    retry_deadlocks(partial(_work_off, submission_id, at))


def work_off_waiting(*, at: datetime) -> int:
    """Work off the submissions whose worker was lost, the oldest first, and return how many there were."""
    waiting = ConversionSubmission.objects.filter(
        kind=Kind.REVERSAL, completed_at__isnull=True, submitted_at__lt=at - WOKEN_WITHIN
    )
    done = 0
    for submission_id in list(waiting.order_by("submitted_at", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]):
        try:
            work_off_submission(submission_id=submission_id, at=at)
        except Exception:
            logger.exception("submission.failed id=%s", submission_id)  # must not hold up the others
        else:
            done += 1
        leave_gap()
    return done


def forget_payloads(*, at: datetime) -> int:
    """Forget what shops sent of their customers once nobody asks what became of it; return how many times."""
    old = Q(submitted_at__lt=at - timedelta(days=settings.FILES_KEPT_DAYS)) & ~Q(payload="")
    return ConversionSubmission.objects.filter(old).update(payload="")


@transaction.atomic
def _work_off(submission_id: int, at: datetime) -> None:
    locked = ConversionSubmission.objects.select_for_update(no_key=True)
    submission = locked.get(pk=submission_id)
    if submission.completed_at is not None:
        return
    conversion = _conversion_of(submission)
    if conversion is None:
        submission.error_type, submission.error_reason = "NOT_FOUND", "There is no such action or order."
    else:
        _reverse(conversion, submission, at)
    submission.conversion, submission.completed_at = conversion, at
    submission.save(update_fields=["conversion", "completed_at", "error_type", "error_reason"])


def _reverse(conversion: Conversion, submission: ConversionSubmission, at: datetime) -> None:
    by = Actor(label=submission.sent_by)
    with translation.override("en"):  # the language of the API
        reversal = reverse_conversion(conversion=conversion, reason=submission.reason, by=by, at=at)
    if kept := reversal.taken_back.kept:
        reason = " ".join(f"{one.reward.public_id}: {one.why}" for one in kept)
        submission.error_type, submission.error_reason = "REWARDS_KEPT", reason[:500]


def _conversion_of(submission: ConversionSubmission) -> Conversion | None:
    """Return the order that is meant: by its action, else the one of this number that came with this event."""
    if submission.action_id:
        return Conversion.objects.filter(public_id=submission.action_id).first()
    reports = ConversionSubmission.objects.filter(kind=Kind.CONVERSION, order_id=submission.order_id)
    reported = reports.filter(
        Q(action_tracker_id=submission.action_tracker_id) | Q(event_code=submission.action_tracker_id)
    )
    found = list(conversions_of_order(submission.order_id).filter(pk__in=reported.values("conversion"))[:2])
    return found[0] if len(found) == 1 else None


def _written(sent: Mapping[str, str]) -> str:
    return json.dumps(dict(sent), ensure_ascii=False)
