"""Tables of one column, whose header may be missing: lists of codes from a spreadsheet, a text file or a text area."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO, Final

from advocate.lib.tabular.errors import RepeatedColumn, SeveralColumns, TableError, TooManyCells, TooManyRows
from advocate.lib.tabular.limits import DEFAULT_LIMITS, TableLimits
from advocate.lib.tabular.rows import CellKind, Detected, RawRow, TableRow
from advocate.lib.tabular.table import OpenedRows, Wanted, open_rows

HEADER_FOUND: Final = "found"
NO_HEADER: Final = "none"
SHOWN_LENGTH: Final = 80


@dataclass(frozen=True, slots=True)
class SingleColumn:
    """
    The one column that a table has: what it is called here, and by which other names its header is known.

    Names are compared without regard to case, spaces, hyphens and underscores.
    """

    name: str
    aliases: tuple[str, ...] = ()

    @property
    def folded(self) -> frozenset[str]:
        """Return all names as they are compared."""
        return frozenset(map(fold_name, (self.name, *self.aliases)))


class ColumnTable:
    """The cells of one column. The rows can be read once."""

    def __init__(self, opened: OpenedRows, column: SingleColumn, position: int, limits: TableLimits) -> None:
        has_header = opened.detected.header == HEADER_FOUND
        self.detected = opened.detected
        self.header = [column.name]
        self._name = column.name
        self._position = position
        self._named = has_header
        self._width = len(opened.first.cells)
        self._rows = opened.rows if has_header else chain([opened.first], opened.rows)
        self._limits = limits

    def rows(self) -> Iterator[TableRow]:
        """
        Yield the cell of each row that is not blank, under the number that the row has in the file.

        :raises SeveralColumns: if no header tells the column, and a row has something beside it
        :raises TableError: if the file turns out to be broken or beyond a limit further down
        """
        position, most = self._position, self._limits.rows
        for count, row in enumerate(self._rows, start=1):
            if count > most:
                raise TooManyRows(limit=most)
            number, line, cells, kinds = row
            if len(cells) == 1 and not position:
                yield TableRow(number, line, cells, kinds)
            else:
                yield self._picked(row)

    def _picked(self, row: RawRow) -> TableRow:
        position = self._position
        cell = row.cells[position] if position < len(row.cells) else ""
        kind = row.kinds[position : position + 1] if row.kinds else ()
        return TableRow(row.number, row.line, [cell], kind or [CellKind.TEXT] * bool(row.kinds), self._refusal(row))

    def _refusal(self, row: RawRow) -> TableError | None:
        if not self._named:
            _refuse_others(row, self._position, self.detected.first, self._name)
            return None
        surplus = "".join(row.cells[self._width :]).strip()
        return TooManyCells(cells=len(row.cells), columns=self._width) if surplus else None


@contextmanager
def open_column(
    file: BinaryIO,
    *,
    column: SingleColumn,
    limits: TableLimits = DEFAULT_LIMITS,
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
    has_header: bool | None = None,
) -> Iterator[ColumnTable]:
    """
    Open a table of one column; the first row is a header if it is one of the column's names.

    Beside a column with such a header others may stand, which are ignored. ``has_header`` is what a person chose
    instead of what is found.

    :raises SeveralColumns: if there are more, and none has such a header
    :raises RepeatedColumn: if several have
    :raises TableError: if the file cannot be taken
    """
    names = column.folded

    def matches(header: Sequence[str]) -> int:
        return int(not names.isdisjoint(map(fold_name, header)))

    with open_rows(
        file, wanted=Wanted(matches, 1), limits=limits, encoding=encoding, separator=separator, sheet=sheet
    ) as opened:
        found = None if has_header is False else _named_position(opened.names, column)
        is_header = bool(has_header) or found is not None
        position = _only_position(opened.first, column.name) if found is None else found
        detected = _described(opened.detected, opened.names[position], is_header=is_header)
        yield ColumnTable(replace(opened, detected=detected), column, position, limits)


def fold_name(name: str) -> str:
    """Return a header as names are compared."""
    return "".join(name.casefold().replace("_", "").replace("-", "").split())


def _refuse_others(row: RawRow, position: int, first: str, name: str) -> None:
    others = [filled for filled in _filled(row) if filled != position]
    if others:
        one = row.cells[position].strip() if position < len(row.cells) else ""
        other = row.cells[others[0]].strip()
        raise SeveralColumns(row=row.number, one=(one or first)[:SHOWN_LENGTH], other=other[:SHOWN_LENGTH], column=name)


def _named_position(names: Sequence[str], column: SingleColumn) -> int | None:
    known = [position for position, name in enumerate(names) if fold_name(name) in column.folded]
    exact = [position for position in known if names[position] == column.name]
    found = exact if len(exact) == 1 else known
    if len(found) > 1:
        raise RepeatedColumn(column=names[found[0]], times=len(found))
    return found[0] if found else None


def _only_position(first: RawRow, name: str) -> int:
    position = _filled(first)[0]
    _refuse_others(first, position, "", name)
    return position


def _filled(row: RawRow) -> list[int]:
    kinds = row.kinds or [CellKind.TEXT] * len(row.cells)
    return [
        position
        for position, (cell, kind) in enumerate(zip(row.cells, kinds, strict=True))
        if cell.strip() or kind is CellKind.FORMULA
    ]


def _described(detected: Detected, first: str, *, is_header: bool) -> Detected:
    return replace(detected, header=HEADER_FOUND if is_header else NO_HEADER, first=first[:SHOWN_LENGTH])
