"""A report's rows as one query, for both engines: typed for Excel and SQLite, or as CSV that PostgreSQL writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from advocate.lib import db
from advocate.lib.tabular import Amount, Cell

# Code points that may begin a formula, and the apostrophe, which guards one. Looking a number up is quicker than the
# pattern, which decides the rest.
SUSPECT_CODES = ", ".join(str(ord(character)) for character in "\t\r\n'+-=@|＋－＝＠")
FORMULA = r"E'^''*[=+@|\t\r\n＝＋－＠-]'"


@dataclass(frozen=True, slots=True)
class Text:
    """A column of text; in CSV it is guarded against formulas."""

    sql: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A column of whole numbers."""

    sql: str


@dataclass(frozen=True, slots=True)
class Instant:
    """A column of instants, written as Unix milliseconds."""

    sql: str


@dataclass(frozen=True, slots=True)
class Money:
    """
    A column of amounts in the smallest fraction of a unit with ``exponent`` digits.

    Where people fill in amounts with more digits, ``shown`` tells a spreadsheet how many.
    """

    sql: str
    exponent: str = "exponent"
    shown: str = "0"


Part = Text | Whole | Instant | Money
_Convert = Callable[[tuple[Any, ...]], Cell]


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """
    Columns by their resource's field, and where they come from: everything after ``FROM``, order included.

    The columns must stand in the order of the resource's fields.
    """

    columns: Mapping[str, Part]
    source: str
    params: Sequence[Any] = ()

    def rows(self) -> Iterator[Sequence[Cell]]:
        """Yield the rows in constant memory; open a snapshot around it."""
        expressions: list[str] = []
        converters: list[_Convert] = []
        for part in self.columns.values():
            position = len(expressions)
            if isinstance(part, Money):
                expressions += [part.sql, part.exponent, part.shown]
                converters.append(_amount_at(position))
            else:
                expressions.append(db.milliseconds(part.sql) if isinstance(part, Instant) else part.sql)
                converters.append(_value_at(position))
        for row in db.stream_rows(self._select(expressions)):
            yield [convert(row) for convert in converters]

    def csv(self) -> db.Select:
        """Return the same rows as finished columns, for PostgreSQL to write."""
        return self._select([_finished(part) for part in self.columns.values()])

    def _select(self, expressions: Sequence[str]) -> db.Select:
        return db.Select(f"SELECT {', '.join(expressions)} FROM {self.source}", self.params)


def _value_at(position: int) -> _Convert:
    return lambda row: row[position]


def _amount_at(position: int) -> _Convert:
    def amount(row: tuple[Any, ...]) -> Cell:
        minor = row[position]
        return None if minor is None else Amount(int(minor), row[position + 1] or 0, row[position + 2] or 0)

    return amount


def _finished(part: Part) -> str:
    if isinstance(part, Text):
        return _guarded(part.sql)
    if isinstance(part, Instant):
        return db.milliseconds(part.sql)
    if isinstance(part, Money):
        digits = f"COALESCE({part.exponent}, 0)::integer"
        return f"round(({part.sql})::numeric * 10::numeric ^ (-{digits}), {digits})"
    return part.sql


def _guarded(sql: str) -> str:
    """Guard text the way :func:`advocate.lib.tabular.escape_formula` does; empty text becomes an empty cell."""
    suspect = f"ascii({sql}) IN ({SUSPECT_CODES}) AND {sql} ~ {FORMULA}"
    return f"NULLIF(CASE WHEN {suspect} THEN '''' || {sql} ELSE {sql} END, '')"
