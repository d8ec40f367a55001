"""Events of shops that are about orders: a purchase reports one, a refund takes it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from advocate.lib.errors import DomainError
from advocate.lib.money import parse_amount
from programs.models import Participant, ParticipantEvent, Program
from programs.operations import NewEvent, record_events
from rewards.attribution.conversions import conversions_of_order, reverse_conversion, submit_conversion
from rewards.attribution.orders import Amount, Order
from rewards.attribution.resolving import find_targets, folded
from rewards.currencies import digits_of_currency
from team.audit import Actor

PURCHASE: Final = "purchase"
REFUND: Final = "refund"
ORDER_FIELDS: Final = ("order_id", "checkout_id")
AMOUNT_FIELDS: Final = ("total", "revenue", "subtotal")
CODE_FIELDS: Final = ("promo_code", "coupon")
LONGEST: Final = 255


@transaction.atomic
def take_events(
    *,
    participant: Participant,
    events: Sequence[NewEvent],
    idempotency_key: str | None,
    count_orders: bool,
    by: Actor,
    at: datetime,
) -> list[ParticipantEvent]:
    """
    Store what a participant did; with ``count_orders`` purchases are taken in as orders, and refunds take them back.

    :raises EventsSentBefore: if events came with this key before
    """
    stored = record_events(participant=participant, events=events, idempotency_key=idempotency_key, by=by, at=at)
    for event in stored if count_orders else ():
        if event.key == PURCHASE:
            _take_in(event, participant, at=at)
        elif event.key == REFUND:
            _take_back(event, participant, by=by, at=at)
    return stored


def _take_in(event: ParticipantEvent, participant: Participant, *, at: datetime) -> None:
    """Take an order in for each program that has to do with it: where somebody referred the friend, or the code's."""
    code = _text(event.fields, CODE_FIELDS)
    for program in _programs(participant, code, at):
        order = Order(
            program=program,
            order_id=_text(event.fields, ORDER_FIELDS) or event.event_id or event.public_id,
            happened_at=min(event.triggered_at, at),
            amount=_amount(event.fields),
            promo_code=code,
            customer_id=participant.user_id,
            friend=participant,
        )
        submit_conversion(order=order, at=at)


def _programs(participant: Participant, code: str, at: datetime) -> list[Program]:
    referred = Program.objects.filter(referrals__referred__account_id=participant.account_id)
    programs = {program.pk: program for program in referred.distinct().order_by("pk")}
    target = find_targets([code], at=at).get(folded(code))
    if target is not None:
        programs[target.program.pk] = target.program
    return list(programs.values())


def _take_back(event: ParticipantEvent, participant: Participant, *, by: Actor, at: datetime) -> None:
    """Take the participant's order back, unless only a part of it was refunded."""
    order_id = _text(event.fields, ORDER_FIELDS)
    refunded = _amount(event.fields)
    for conversion in conversions_of_order(order_id).filter(friend=participant) if order_id else ():
        ordered = conversion.amount if refunded and conversion.currency == refunded.currency else None
        if refunded is None or ordered is None or refunded.minor >= ordered:
            reverse_conversion(conversion=conversion, reason=REFUND, by=by, at=at)


def _text(fields: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the first of these fields that says something; shops send numbers for texts."""
    values = (fields.get(name) for name in names)
    told = (str(value).strip() for value in values if isinstance(value, str | int) and not isinstance(value, bool))
    return next((text for text in told if text), "")[:LONGEST]


def _amount(fields: Mapping[str, Any]) -> Amount | None:
    """Return what the order came to; an event is kept whatever it says, so that what is no amount is none."""
    currency = _text(fields, ["currency"]).upper()
    exponent = digits_of_currency(currency)
    value = next((fields[name] for name in AMOUNT_FIELDS if fields.get(name) is not None), None)
    if exponent is None or not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        # A float's shortest text is the number that was sent.
        return Amount(parse_amount(str(value), exponent=exponent).minor, currency, exponent)
    except DomainError:
        return None
