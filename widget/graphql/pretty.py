"""Amounts as a widget shows them, in the form and the language that it asks for."""

from __future__ import annotations

from typing import Any, Final

from babel.numbers import format_decimal
from django.utils import translation

from advocate.lib.money import format_amount, format_money
from rewards.amounts import amount_text
from rewards.models import RewardUnit
from rewards.queries import unit_of_key
from widget.graphql.areas import Area
from widget.languages import language_of

UNIT_FORMATTED: Final = "UNIT_FORMATTED"


def pretty(amount: int, unit: RewardUnit | None, *, form: str | None = None, locale: str | None = None) -> str:
    """Return an amount with its unit, or the bare number, or the whole number of its smallest fractions."""
    language = language_of(locale, translation.get_language()).django_code
    exponent = unit.exponent if unit else 0
    with translation.override(language):
        if form in {None, UNIT_FORMATTED}:
            return amount_text(amount, unit)
        if form == "NUMBER_FORMATTED":
            return format_money(amount, currency=None, exponent=exponent, locale=language)
        if form == "INTEGER_FORMATTED":
            return str(format_decimal(amount, locale=language.replace("-", "_")))
    return str(amount) if form == "INTEGER_UNFORMATTED" else format_amount(amount, exponent)


def _format(
    _root: Any, _info: Any, value: int, unit: str, locale: str | None = None, formatType: str | None = None
) -> str | None:
    found = unit_of_key(unit)
    if found is None and unit != "%":
        return f"{value} {unit}"
    return pretty(value, found, form=formatType, locale=locale)


AREA: Final = Area(
    """
    enum RewardValueFormatType {
      NUMBER_FORMATTED INTEGER_FORMATTED UNIT_FORMATTED NUMBER_UNFORMATTED INTEGER_UNFORMATTED
    }
    extend type Query {
      formatRewardPrettyValue(
        value: Long!, unit: String!, locale: RSLocale, formatType: RewardValueFormatType = UNIT_FORMATTED
      ): String
    }
    """,
    {"Query.formatRewardPrettyValue": _format},
)
