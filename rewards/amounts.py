"""Amounts of rewards for people; in files and forms ``advocate.lib.money`` writes and reads the bare number."""

from __future__ import annotations

from babel.numbers import get_currency_precision
from django.utils import translation

from advocate.lib.money import format_money
from rewards.models import RewardUnit


def amount_text(amount: int, unit: RewardUnit | None) -> str:
    """
    Return an amount as the reader's language writes it, with its unit; without a unit it is a percentage.

    A currency's sign stands only where the unit counts in whole currency: 500 CENTS is never shown as $500.
    """
    if unit is None:
        return f"{amount}%"
    locale = translation.get_language() or "en"
    if unit.currency and unit.exponent == get_currency_precision(unit.currency):
        return format_money(amount, currency=unit.currency, exponent=unit.exponent, locale=locale)
    number = format_money(amount, currency=None, exponent=unit.exponent, locale=locale)
    return f"{number} {unit.key if unit.currency else unit.name}"
