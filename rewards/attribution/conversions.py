"""Orders and what they lead to: taken in once, looked at by a worker, taken back when the goods come back."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from advocate.lib.db import leave_gap, retry_deadlocks
from programs.models import Conversion, Program, Referral
from rewards.attribution.finding import find_advocate
from rewards.attribution.orders import Order
from rewards.attribution.wake import wake_after_commit
from rewards.rules import TakenBack, give_for_conversion, take_back_for_conversion
from team import audit
from team.audit import Actor

Status = Conversion.Status
WOKEN_WITHIN: Final = timedelta(seconds=20)
SWEPT_AT_ONCE: Final = 1_000

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Submitted:
    """The conversion of an order; not new where the order came before, whose data then stand."""

    conversion: Conversion
    is_new: bool


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a reversal took back; not new where the order had been reversed before."""

    conversion: Conversion
    taken_back: TakenBack
    is_new: bool


@transaction.atomic
def submit_conversion(*, order: Order, at: datetime) -> Submitted:
    """Take in an order for a worker to look at; one order of a program is taken in once, whoever else sends it."""
    amount = order.amount
    sent = Conversion(
        program=order.program,
        order_id=order.order_id,
        friend=order.friend,
        amount=amount.minor if amount else None,
        currency=amount.currency if amount else "",
        exponent=amount.exponent if amount else None,
        promo_code=order.promo_code,
        customer_id=order.customer_id,
        customer_email=order.customer_email,
        happened_at=order.happened_at,
        received_at=at,
    )
    Conversion.objects.bulk_create([sent], ignore_conflicts=True)
    conversion = Conversion.objects.select_related("program").get(program=order.program, order_id=order.order_id)
    is_new = conversion.public_id == sent.public_id
    if is_new:
        wake_after_commit(conversion.pk)
    return Submitted(conversion, is_new)


def work_off_conversion(*, conversion_id: int, at: datetime) -> Conversion:
    """
    Find through whom an order came and give what the program's rules give for it; again changes nothing.

    Its program, friend, advocate and referral, what came of it and the rewards are written at once or not at all.
    """
    return retry_deadlocks(partial(_work_off, conversion_id, at))


def work_off_waiting(*, at: datetime) -> int:
    """Look at the conversions whose worker was lost, the oldest first, and return how many there were."""
    waiting = Conversion.objects.filter(status=Status.QUEUED, received_at__lt=at - WOKEN_WITHIN)
    done = 0
    for conversion_id in list(waiting.order_by("received_at", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE]):
        try:
            work_off_conversion(conversion_id=conversion_id, at=at)
        except Exception:
            logger.exception("conversion.failed id=%s", conversion_id)  # one that fails must not hold up the others
        else:
            done += 1
        leave_gap()
    return done


def reverse_conversion(*, conversion: Conversion, reason: str, by: Actor, at: datetime) -> Reversal:
    """
    Take an order back: cancel what is still cancellable of its rewards, and say what is not.

    A friend none of whose orders stands counts as not converted any more. Again changes nothing.
    """
    return retry_deadlocks(partial(_reverse, conversion.pk, reason, by, at))


def conversions_of_order(order_id: str, *, program: Program | None = None) -> QuerySet[Conversion]:
    """Return the conversions of an order, one for each program."""
    found = Conversion.objects.filter(order_id=order_id).select_related("program").order_by("pk")
    return found.filter(program=program) if program else found


@transaction.atomic
def _work_off(conversion_id: int, at: datetime) -> Conversion:
    conversion = _locked(conversion_id)
    if conversion.status != Status.QUEUED:
        return conversion
    found = find_advocate(conversion, at=at)
    conversion.friend, conversion.advocate, conversion.referral = found.friend, found.advocate, found.referral
    conversion.status = Status.ATTRIBUTED if found.advocate else Status.NOT_ATTRIBUTED
    conversion.outcome, conversion.worked_at = found.outcome, at
    conversion.save(update_fields=["friend", "advocate", "referral", "status", "outcome", "worked_at"])
    if found.referral is not None:
        _note_conversion(found.referral, conversion, at)
    if found.advocate is not None:
        give_for_conversion(conversion=conversion, at=at)
    return conversion


def _locked(conversion_id: int) -> Conversion:
    locked = Conversion.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("program", "friend").get(pk=conversion_id)


def _note_conversion(referral: Referral, conversion: Conversion, at: datetime) -> None:
    """Write when the friend converted first; an order's own date may lie before the referral that it came with."""
    standing = Referral.objects.filter(pk=referral.pk, date_converted__isnull=True)
    standing.update(date_converted=Greatest(F("date_started"), conversion.happened_at), updated_at=at)


@transaction.atomic
def _reverse(conversion_id: int, reason: str, by: Actor, at: datetime) -> Reversal:
    conversion = _work_off(conversion_id, at)
    if conversion.reversed_at is not None:
        return Reversal(conversion, TakenBack(), is_new=False)
    conversion.reversed_at, conversion.reversal_reason = at, reason[:500]
    conversion.save(update_fields=["reversed_at", "reversal_reason"])
    taken_back = take_back_for_conversion(conversion=conversion, by=by, at=at)
    others = Conversion.objects.filter(referral=conversion.referral_id, reversed_at__isnull=True)
    if conversion.referral_id is not None and not others.exists():
        Referral.objects.filter(pk=conversion.referral_id).update(date_converted=None, updated_at=at)
    audit.record(by=by, action="conversion.reversed", target=conversion, at=at)
    return Reversal(conversion, taken_back, is_new=True)
