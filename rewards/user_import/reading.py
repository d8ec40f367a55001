"""Read a row of a file of users; what does not need the database is decided here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from advocate.lib import clock
from advocate.lib.errors import DomainError
from advocate.lib.tabular import CellKind, TableRow, code_cell, text_cell, unescape_formula
from jobs.staging import RowRefused, Source
from programs import sent_values as sent
from rewards.user_import.columns import (
    ACCOUNT,
    CODES,
    CREATED,
    CUSTOM,
    PROFILE,
    REFERRED_BY,
    SEGMENTS,
    USER,
)
from rewards.user_import.errors import BlankUserId
from rewards.user_import.values import (
    PARSERS,
    WORDS,
    Parser,
    code_of,
    field_text,
    instant_of,
    segments_of,
    text_of,
)

FIELDS: Final = (
    "account_id",
    "user_id",
    "values",
    "add_segments",
    "remove_segments",
    "custom_fields",
    "custom_texts",
    "codes",
    "referred_by",
    "date_created",
    "participant",
)
NOTHING: Final = (None,) * (len(FIELDS) - 2)
_NUMBERS: Final = frozenset({CellKind.NUMBER, CellKind.FORMATTED})

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Cell:
    """A column that is read: where it stands, its name, the name of what it fills, and what its text means."""

    position: int
    column: str
    target: str
    parse: Parser


def user_reader(source: Source) -> Callable[[TableRow], Values]:
    """Return the function that reads one row into the typed columns of ``StagedUser``."""
    return _Reader(source).read


class _Reader:
    def __init__(self, source: Source) -> None:
        columns = source.columns
        self._account, self._user = columns[ACCOUNT], columns[USER]
        self._profile = [
            _Cell(columns[name], name, field, PARSERS[name]) for name, field in PROFILE.items() if name in columns
        ]
        self._custom = _beginning(columns.positions, CUSTOM, field_text)
        self._codes = _beginning(columns.positions, CODES, code_of)
        self._referred_by = [_Cell(columns[name], name, "", text_of) for name in REFERRED_BY if name in columns]
        self._segments = columns.get(SEGMENTS)
        self._created = columns.get(CREATED)
        self._instant = partial(instant_of, at=clock.now())
        form = source.job.params
        self._add = [form["add_segment"]] if form.get("add_segment") else []
        self._remove = [form["remove_segment"]] if form.get("remove_segment") else []

    def read(self, row: TableRow) -> Values:
        account, user = row.cells[self._account], row.cells[self._user]
        # In a workbook, too: a spreadsheet program keeps the apostrophes of a CSV report that it saves as one.
        account, user = unescape_formula(account), unescape_formula(user)
        try:
            self._check_ids(row, account, user)
            return (account, user, *self._sent(row))
        except DomainError as error:
            kept = (account[: sent.LONGEST_ID].replace("\x00", ""), user[: sent.LONGEST_ID].replace("\x00", ""))
            raise RowRefused(error, (*kept, *NOTHING)) from None

    def _check_ids(self, row: TableRow, account: str, user: str) -> None:
        for position, column, text in ((self._account, ACCOUNT, account), (self._user, USER, user)):
            if row.kinds:
                text_cell(row, position, column=column)
            if not text.strip():
                raise BlankUserId(column=column)
            text_of(text, column)

    def _sent(self, row: TableRow) -> Values:
        custom_fields, custom_texts = self._own_fields(row)
        add, remove = self._segment_lists(row)
        created = None if self._created is None else self._text(row, self._created, CREATED)
        return (
            {cell.target: value for cell, value in self._parsed(row, self._profile)} or None,
            add or None,
            remove or None,
            custom_fields or None,
            custom_texts or None,
            {cell.target: value for cell, value in self._parsed(row, self._codes)} or None,
            self._codes_that_referred(row) or None,
            self._instant(created, CREATED) if created else None,
            None,
        )

    def _parsed(self, row: TableRow, cells: list[_Cell]) -> list[tuple[_Cell, Any]]:
        """Return what the cells that are not blank mean."""
        found = []
        for cell in cells:
            text = self._text(row, cell.position, cell.column)
            if text:
                found.append((cell, cell.parse(text, cell.column)))
        return found

    def _text(self, row: TableRow, position: int, column: str) -> str:
        text = row.cells[position]
        if not text:
            return text
        if row.kinds:
            text = self._typed_text(row, position, column)
        return unescape_formula(text.strip())

    def _typed_text(self, row: TableRow, position: int, column: str) -> str:
        if column == CREATED and row.kind(position) is CellKind.DATE:
            return row.cells[position]
        is_code = column.startswith(CODES) or column in REFERRED_BY
        return (code_cell if is_code else text_cell)(row, position, column=column)

    def _segment_lists(self, row: TableRow) -> tuple[list[str], list[str]]:
        text = "" if self._segments is None else self._text(row, self._segments, SEGMENTS)
        add, remove = segments_of(text, SEGMENTS) if text else ([], [])
        if not self._add and not self._remove:
            return add, remove
        remove = list(dict.fromkeys([*remove, *self._remove]))
        return [name for name in dict.fromkeys([*add, *self._add]) if name not in remove], remove

    def _own_fields(self, row: TableRow) -> tuple[dict[str, Any], dict[str, str]]:
        """Return fields of the company's own: those whose kind the file tells, and those that are no more than text."""
        typed: dict[str, Any] = {}
        texts: dict[str, str] = {}
        for cell, text in self._parsed(row, self._custom):
            kind = row.kind(cell.position)
            if kind is CellKind.LOGICAL:
                typed[cell.target] = WORDS[text.lower()]
            elif kind in _NUMBERS:
                typed[cell.target] = float(text) if "." in text else int(text)
            else:
                texts[cell.target] = text
        return typed, texts

    def _codes_that_referred(self, row: TableRow) -> list[str]:
        texts = (text for _cell, text in self._parsed(row, self._referred_by))
        codes = (code.strip() for text in texts for code in text.split(","))
        return list(dict.fromkeys(filter(None, codes)))


def _beginning(positions: dict[str, int], prefix: str, parse: Parser) -> list[_Cell]:
    """Return the columns with this beginning, by what follows it."""
    return [
        _Cell(position, name, name.removeprefix(prefix), parse)
        for name, position in positions.items()
        if name.startswith(prefix)
    ]
