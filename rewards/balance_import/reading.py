"""Read a row of the file: who, which unit, how much; what does not need the database is decided here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from advocate.lib.money import AmountError, parse_amount
from advocate.lib.tabular import TableError, TableRow, number_cell, text_cell, unescape_formula
from jobs.staging import RowRefused, Source, Unchanged
from rewards.balance_import.errors import BlankId, UnknownUnit
from rewards.models import MAX_EXPONENT, RewardUnit

ACCOUNT: Final = "accountId"
USER: Final = "userId"
UNIT: Final = "unit"
VALUE: Final = "valueToRedeem"
EMAIL: Final = "email"
SAID_AVAILABLE: Final = "availableValue"
SAID_REDEEMED: Final = "totalRedeemedValue"
REQUIRED: Final = (ACCOUNT, USER, UNIT, VALUE)
OPTIONAL: Final = (EMAIL, SAID_AVAILABLE, SAID_REDEEMED)

LONGEST: Final = 255
UNITS_NAMED: Final = 10
NOTHING: Final = frozenset({"", "0", "0.00"})
WHOLE_DIGITS: Final = 12

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class UnitScale:
    """A reward unit as the reader needs it: which it is, and how many decimal places it has."""

    id: int
    exponent: int


def read_amount(text: str, exponent: int, *, decimal_comma: bool) -> int:
    """
    Return an amount in the unit's smallest fraction, exactly as ``parse_amount`` reads it, but sooner.

    :raises AmountError: its subclass names what is wrong
    """
    # Most amounts, in half the time of a regular expression; digits below the smallest fraction go the long way.
    whole, point, fraction = text.partition(".")
    has_digits = text.isascii() and whole.isdigit() and (fraction.isdigit() or not point)
    if has_digits and len(whole) <= WHOLE_DIGITS and len(fraction) <= exponent:
        return int(whole + fraction.ljust(exponent, "0"))
    return parse_amount(text, exponent=exponent, decimal_comma=decimal_comma).minor


def balance_reader(source: Source) -> Callable[[TableRow], Values | Unchanged]:
    """Return the function that reads one row into the typed columns of ``StagedRedemption``."""
    return _Reader(source).read


class _Reader:
    def __init__(self, source: Source) -> None:
        columns = source.columns
        self._account, self._user = columns[ACCOUNT], columns[USER]
        self._unit, self._value = columns[UNIT], columns[VALUE]
        self._email = columns.get(EMAIL)
        self._said_available, self._said_redeemed = columns.get(SAID_AVAILABLE), columns.get(SAID_REDEEMED)
        self._decimal_comma = source.detected.allows_decimal_comma
        self._is_guarded = bool(source.detected.separator)
        self._units = {
            key: UnitScale(pk, exponent)
            for pk, key, exponent in RewardUnit.objects.values_list("id", "key", "exponent")
        }

    def read(self, row: TableRow) -> Values | Unchanged:
        cells = row.cells
        account, user, unit_key = cells[self._account], cells[self._user], cells[self._unit]
        email = "" if self._email is None else cells[self._email][:LONGEST]
        if self._is_guarded:
            account, user, unit_key = unescape_formula(account), unescape_formula(user), unescape_formula(unit_key)
            email = unescape_formula(email)
        unit = self._units.get(unit_key) or self._units.get(unit_key.strip())
        kept = (account[:LONGEST], user[:LONGEST], email, unit and unit.id)
        text = cells[self._value] if not row.kinds else self._checked_value(row, kept)
        if text in NOTHING:
            return Unchanged((*kept, 0, None, None, None, None))
        if unit is None:
            return self._without_unit(text, unit_key, kept)
        try:
            amount = read_amount(text, unit.exponent, decimal_comma=self._decimal_comma)
        except AmountError as error:
            error.params["column"] = VALUE
            raise RowRefused(error, (*kept, 0, None, None, None, None)) from None
        if not amount:
            return Unchanged((*kept, 0, None, None, None, None))
        if row.kinds or not account or not user:
            self._check_ids(row, (*kept, amount, None, None, None, None))
        said_available = self._said(cells, self._said_available, unit.exponent)
        said_redeemed = self._said(cells, self._said_redeemed, unit.exponent)
        return (*kept, amount, None, said_available, said_redeemed, None)

    def _checked_value(self, row: TableRow, kept: Values) -> str:
        try:
            return number_cell(row, self._value, column=VALUE)
        except TableError as error:
            raise RowRefused(error, (*kept, 0, None, None, None, None)) from None

    def _without_unit(self, text: str, unit_key: str, kept: Values) -> Unchanged:
        values = (*kept, 0, None, None, None, None)
        try:
            if not parse_amount(text, exponent=MAX_EXPONENT, decimal_comma=self._decimal_comma):
                return Unchanged(values)
        except AmountError as error:
            error.params["column"] = VALUE
            raise RowRefused(error, values) from None
        names = sorted(self._units)
        shown = ", ".join(names[:UNITS_NAMED]) + (", …" if len(names) > UNITS_NAMED else "")
        raise RowRefused(UnknownUnit(column=UNIT, found=unit_key, units=shown), values)

    def _check_ids(self, row: TableRow, values: Values) -> None:
        """Refuse ids that are missing, or that a spreadsheet has made numbers or dates of."""
        for position, column in ((self._account, ACCOUNT), (self._user, USER), (self._unit, UNIT)):
            try:
                if not text_cell(row, position, column=column):
                    raise RowRefused(BlankId(column=column), values)
            except TableError as error:
                raise RowRefused(error, values) from None

    def _said(self, cells: list[str], position: int | None, exponent: int) -> int | None:
        """Return what the report said, or nothing if that cannot be read: it is no more than a hint."""
        if position is None or not cells[position]:
            return None
        try:
            return read_amount(cells[position], exponent, decimal_comma=self._decimal_comma)
        except AmountError:
            return None
