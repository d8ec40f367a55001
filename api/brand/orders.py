"""An order out of the fields of a call, which is refused with every field that is wrong."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware

from advocate.lib.errors import DomainError
from advocate.lib.money import parse_amount
from api.brand.answers import invalid_fields, problem
from api.instants import milliseconds
from api.schemas.conversions import CUSTOMERS, EVENTS, ConversionBody
from programs.models import Program
from programs.queries import program_of_key
from rewards.attribution.orders import Amount, Order
from rewards.currencies import digits_of_currency

Value = TypeVar("Value")
NOW: Final = "NOW"
NEW_ORDER: Final = "IR_AN_64_TS"
ORDER_DIGITS: Final = 64
AHEAD: Final = timedelta(days=1)  # clocks of shops differ, and some send the end of the day
LARGEST: Final = 2**63 - 1
# A plus sign that nobody escaped is a space in a form.
UNESCAPED_PLUS: Final = re.compile(r"(T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) (\d{2}:?\d{2})$", re.ASCII)
ITEM: Final = re.compile(r"Item(SubTotal|Price)([1-9]\d{0,3})", re.ASCII)
SHORT_TEXT: Final = re.compile(r"Text(?:[1-9]|[1-4]\d|50)", re.ASCII)
SHORT_TEXT_LENGTH: Final = 64


class WrongField(Exception):
    """A field that cannot be taken."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.line = problem(field, message)


def order_of(body: ConversionBody, *, at: datetime) -> Order:
    """
    Return the order that a call reports.

    :raises ApiError: with every field that is wrong
    """
    problems: list[str] = []

    def read(reading: Callable[[], Value]) -> Value | None:
        try:
            return reading()
        except WrongField as error:
            problems.append(error.line)
            return None

    sent = body.sent
    program = read(lambda: _program(body.campaign_id))
    happened_at = read(lambda: _instant(body.event_date, at))
    amount = read(lambda: _amount(body, sent))
    read(lambda: _check(sent))
    if problems or program is None or happened_at is None:
        raise invalid_fields(problems)
    return Order(
        program=program,
        order_id=_new_order_id(at) if body.order_id == NEW_ORDER else body.order_id,
        happened_at=happened_at,
        amount=amount,
        promo_code=body.order_promo_code or body.promo_code or "",
        customer_id=body.customer_id or "",
        customer_email=body.customer_email or "",
    )


def _program(campaign_id: str) -> Program:
    program = program_of_key(campaign_id)
    if program is None:
        raise WrongField("CampaignId", "There is no such program.")
    return program


def _instant(text: str, at: datetime) -> datetime:
    if text.upper() == NOW:
        return at
    try:
        parsed = parse_datetime(UNESCAPED_PLUS.sub(r"\1+\2", text))
    except ValueError:
        parsed = None
    if parsed is None or not is_aware(parsed):
        raise WrongField(
            "EventDate", "Send ISO 8601 with its offset from UTC, such as 2026-03-14T12:00:00+01:00, or NOW."
        )
    if parsed > at + AHEAD:
        raise WrongField("EventDate", "This moment has not come yet.")
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        raise WrongField("EventDate", "There is no such moment.") from None


def _check(sent: Mapping[str, str]) -> None:
    if not any(name in sent for name in EVENTS):
        raise WrongField(EVENTS[0], f"Send one of {', '.join(EVENTS)}.")
    if not any(name in sent for name in CUSTOMERS):
        raise WrongField(CUSTOMERS[0], f"Send one of {', '.join(CUSTOMERS)}.")
    for name, value in sent.items():
        if SHORT_TEXT.fullmatch(name) and len(value) > SHORT_TEXT_LENGTH:
            raise WrongField(name, f"A text has at most {SHORT_TEXT_LENGTH} characters.")


def _amount(body: ConversionBody, sent: Mapping[str, str]) -> Amount | None:
    """Return what the order came to: its amount, else what is left after discounts, else the sum of its items."""
    items = {name: value for name, value in sent.items() if ITEM.fullmatch(name)}
    if not (body.amount or body.order_sub_total_post_discount or items):
        return None
    currency = (body.currency_code or "").upper()
    exponent = digits_of_currency(currency)
    if exponent is None:
        raise WrongField("CurrencyCode", "Send the currency's code, such as USD, with an amount.")
    for name, value in (("Amount", body.amount), ("OrderSubTotalPostDiscount", body.order_sub_total_post_discount)):
        if value:
            return Amount(_minor(name, value, exponent), currency, exponent)
    discount = _minor("OrderDiscount", body.order_discount or "", exponent)
    total = max(_sum_of(items, sent, exponent) - discount, 0)
    if total > LARGEST:
        raise WrongField("Amount", "The sum of the items is more than any amount.")
    return Amount(total, currency, exponent)


def _sum_of(items: Mapping[str, str], sent: Mapping[str, str], exponent: int) -> int:
    total = 0
    for name, value in items.items():
        is_price = name.startswith("ItemPrice")
        number = name.removeprefix("ItemPrice" if is_price else "ItemSubTotal")
        if not is_price:
            total += _minor(name, value, exponent)
        elif f"ItemSubTotal{number}" not in items:
            total += _minor(name, value, exponent) * _quantity(f"ItemQuantity{number}", sent)
    return total


def _quantity(name: str, sent: Mapping[str, str]) -> int:
    value = sent.get(name, "1")
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise WrongField(name, "Send a whole number.")
    return int(value)


def _minor(name: str, value: str, exponent: int) -> int:
    try:
        return parse_amount(value, exponent=exponent).minor
    except DomainError as error:
        raise WrongField(name, str(error)) from error


def _new_order_id(at: datetime) -> str:
    """Return the number of an order whose shop has none: the moment, then digits that nobody else has."""
    return f"{milliseconds(at)}{secrets.token_hex(ORDER_DIGITS // 2)}"[:ORDER_DIGITS]
