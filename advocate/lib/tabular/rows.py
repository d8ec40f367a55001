from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from advocate.lib.tabular.errors import (
    DateInsteadOfNumber,
    DateInsteadOfText,
    ErrorCell,
    FormulaWithoutValue,
    LogicalInsteadOfNumber,
    LogicalInsteadOfText,
    NumberInsteadOfText,
    NumberTooLong,
    TableError,
)

SPREADSHEET_DIGITS = 15


class CellKind(Enum):
    """What a cell was in its file; text files know TEXT only."""

    TEXT = "text"
    NUMBER = "number"
    FORMATTED = "formatted"  # a number that its sheet shows otherwise than in plain digits: 1E+05, 00123, 12 %
    DATE = "date"
    LOGICAL = "logical"
    ERROR = "error"
    FORMULA = "formula"  # without the result that a spreadsheet program saves beside it; the text is empty


_NUMBERS = frozenset({CellKind.NUMBER, CellKind.FORMATTED})


class RawRow(NamedTuple):
    """A row as its file has it: neither padded nor compared with the header."""

    number: int
    line: int
    cells: list[str]
    kinds: Sequence[CellKind] = ()


class TableRow(NamedTuple):
    """
    One row under the header, with exactly as many cells as the header.

    ``number`` is the row's number as a spreadsheet shows it; ``line`` the line of a text file where it begins (for
    a workbook the same as ``number``). ``error`` is set where the row does not fit the header. ``kinds`` is as long as
    ``cells``, or empty if all of them are text.
    """

    number: int
    line: int
    cells: list[str]
    kinds: Sequence[CellKind] = ()
    error: TableError | None = None

    def kind(self, position: int) -> CellKind:
        """Tell what the cell at a position was in its file."""
        return self.kinds[position] if self.kinds else CellKind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Detected:
    """
    What was found out about a file, to be shown to the person who uploaded it.

    Where a header is optional, ``header`` is ``found`` or ``none``, and ``first`` is what the first row says.
    """

    format: str
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header: str = ""
    first: str = ""

    @property
    def allows_decimal_comma(self) -> bool:
        """Tell whether a comma may stand for a decimal point: where it does not separate columns."""
        return self.separator in {";", "\t"}


def text_cell(row: TableRow, position: int, *, column: str) -> str:
    """
    Return a cell that is meant as text, such as an id.

    :raises NumberTooLong: for a number cell whose last digits a spreadsheet may have lost
    :raises DateInsteadOfText: for a date cell
    :raises FormulaWithoutValue: for a formula that was saved without its result
    :raises ErrorCell: for a cell that shows an error
    """
    value = row.cells[position]
    if row.kinds:
        kind = row.kinds[position]
        if kind is not CellKind.TEXT:
            _refuse_lost_value(kind, value, column)
            if kind is CellKind.DATE:
                raise DateInsteadOfText(column=column, value=value)
            if kind in _NUMBERS and sum(map(str.isdigit, value.lstrip("-0."))) > SPREADSHEET_DIGITS:
                raise NumberTooLong(column=column, value=value)
    return value


def code_cell(row: TableRow, position: int, *, column: str) -> str:
    """
    Return a cell that is meant as a code: text as it stands, or a number in plain digits that can be trusted.

    :raises NumberInsteadOfText: for a number that was shown, and so perhaps typed, otherwise than it is kept
    :raises LogicalInsteadOfText: for TRUE and FALSE
    :raises TableError: whatever :func:`text_cell` raises
    """
    value = text_cell(row, position, column=column)
    if row.kinds:
        kind = row.kinds[position]
        if kind is CellKind.LOGICAL:
            raise LogicalInsteadOfText(column=column, value=value)
        if kind is CellKind.FORMATTED or (kind is CellKind.NUMBER and not value.isdecimal()):
            raise NumberInsteadOfText(column=column, value=value)
    return value


def number_cell(row: TableRow, position: int, *, column: str) -> str:
    """
    Return the text of a cell that is meant as a number: a number cell's shortest exact form, or text as it stands.

    :raises DateInsteadOfNumber: for a date cell
    :raises LogicalInsteadOfNumber: for TRUE and FALSE
    :raises FormulaWithoutValue: for a formula that was saved without its result
    :raises ErrorCell: for a cell that shows an error
    """
    value = row.cells[position]
    if row.kinds:
        kind = row.kinds[position]
        if kind is not CellKind.TEXT:
            _refuse_lost_value(kind, value, column)
            if kind is CellKind.DATE:
                raise DateInsteadOfNumber(column=column, value=value)
            if kind is CellKind.LOGICAL:
                raise LogicalInsteadOfNumber(column=column, value=value)
    return value


def _refuse_lost_value(kind: CellKind, value: str, column: str) -> None:
    if kind is CellKind.FORMULA:
        raise FormulaWithoutValue(column=column)
    if kind is CellKind.ERROR:
        raise ErrorCell(column=column, value=value)
