from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import BinaryIO, Protocol

from django.utils.translation import gettext_noop as _  # a job keeps the kind in English, whoever reads of it

from advocate.lib.tabular.archive import Archive, open_archive
from advocate.lib.tabular.columns import count_matches
from advocate.lib.tabular.delimited import open_delimited
from advocate.lib.tabular.errors import (
    BinaryWorkbook,
    DamagedWorkbook,
    EmptyFile,
    FileTooLarge,
    NoSheet,
    TooManyCells,
    TooManyColumns,
    TooManyRows,
    UnknownSheet,
    UnsupportedFile,
)
from advocate.lib.tabular.limits import DEFAULT_LIMITS, MEGABYTE, TableLimits
from advocate.lib.tabular.opendocument import CONTENT, OpenDocumentWorkbook
from advocate.lib.tabular.rows import CellKind, Detected, RawRow, TableRow
from advocate.lib.tabular.sniff import is_zip
from advocate.lib.tabular.workbook import ExcelWorkbook, workbook_part

_ZERO_WIDTH = "\ufeff\u200b"


class _Workbook(Protocol):
    format: str

    @property
    def sheets(self) -> tuple[str, ...]: ...

    def rows(self, sheet: str) -> Iterator[RawRow]: ...


class Table:
    """A header and the rows under it. The rows can be read once."""

    def __init__(self, *, detected: Detected, header: list[str], rows: Iterator[RawRow], limits: TableLimits) -> None:
        self.detected = detected
        self.header = header
        self._rows = rows
        self._limits = limits

    def rows(self) -> Iterator[TableRow]:
        """
        Yield the rows under the header that are not blank, each as wide as the header.

        A row with more cells than the header has columns comes with its ``error``; shorter ones are filled up.

        :raises TableError: if the file turns out to be broken or beyond a limit further down
        """
        width, most = len(self.header), self._limits.rows
        blank = [""] * width
        for count, (number, line, cells, kinds) in enumerate(self._rows, start=1):
            if count > most:
                raise TooManyRows(limit=most)
            if len(cells) == width:
                yield TableRow(number, line, cells, kinds)
            elif len(cells) < width:
                filled = [*kinds, *[CellKind.TEXT] * (width - len(kinds))] if kinds else kinds
                yield TableRow(number, line, cells + blank[len(cells) :], filled)
            else:
                yield _cut(number, line, cells, kinds, width)


@contextmanager
def open_table(
    file: BinaryIO,
    *,
    limits: TableLimits = DEFAULT_LIMITS,
    required: Sequence[str] = (),
    encoding: str | None = None,
    separator: str | None = None,
    sheet: str | None = None,
) -> Iterator[Table]:
    """
    Open an uploaded table: separated text, an Excel workbook or an OpenDocument spreadsheet, by its content.

    ``file`` must be able to seek and stays open. ``required`` names the columns by which the sheet and the separator
    are found. ``encoding``, ``separator`` and ``sheet`` are what a person chose instead of what was detected.

    :raises TableError: if the file cannot be taken, with the reason; reading the rows may raise it, too
    """
    wanted = Wanted(matches=partial(count_matches, required=required), enough=len(set(required)))
    with open_rows(file, wanted=wanted, limits=limits, encoding=encoding, separator=separator, sheet=sheet) as opened:
        yield Table(detected=opened.detected, header=opened.names, rows=opened.rows, limits=limits)


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the sheet and the separator are found: ``matches`` counts a header's columns of interest."""

    matches: Callable[[Sequence[str]], int]
    enough: int


@dataclass(frozen=True, slots=True)
class OpenedRows:
    """A table's first row, and an iterator of those under it that are not blank."""

    detected: Detected
    first: RawRow
    rows: Iterator[RawRow]

    @property
    def names(self) -> list[str]:
        """Return the cells of the first row as a header's names."""
        return header_names(self.first.cells)


@contextmanager
def open_rows(
    file: BinaryIO,
    *,
    wanted: Wanted,
    limits: TableLimits,
    encoding: str | None,
    separator: str | None,
    sheet: str | None,
) -> Iterator[OpenedRows]:
    """
    Open a file as :func:`open_table` does, without deciding what its first row is.

    :raises TableError: if the file cannot be taken
    """
    size = file.seek(0, 2)
    if size > limits.file_bytes:
        raise FileTooLarge(limit=limits.file_bytes // MEGABYTE)
    if not is_zip(file):
        text = open_delimited(file, limits=limits, matches=wanted.matches, encoding=encoding, separator=separator)
        text.refuse_too_many_rows()
        rows = without_blanks(text.rows())
        first = next(rows, None)
        if first is None:
            raise EmptyFile
        yield _opened(text.detected, first, rows, limits)
        return
    with open_archive(file, limits=limits) as archive:
        workbook = _workbook(archive, limits)
        name, rows = _sheet(workbook, wanted, sheet)
        detected = Detected(format=workbook.format, sheet=name, sheets=workbook.sheets)
        yield _opened(detected, next(rows), rows, limits)


def _opened(detected: Detected, first: RawRow, rows: Iterator[RawRow], limits: TableLimits) -> OpenedRows:
    cells = first.cells
    while len(cells) > limits.columns and not cells[-1].strip():
        cells.pop()
    if len(cells) > limits.columns:
        raise TooManyColumns(row=first.number, limit=limits.columns)
    return OpenedRows(detected, first, rows)


def header_names(cells: Sequence[str]) -> list[str]:
    """Return cells without the spaces and marks that nobody sees."""
    return [cell.strip().strip(_ZERO_WIDTH).strip() for cell in cells]


def _workbook(archive: Archive, limits: TableLimits) -> _Workbook:
    """Choose the reader for what a ZIP archive holds."""
    if "xl/workbook.bin" in archive:
        raise BinaryWorkbook
    part = workbook_part(archive)
    if part and not part.lower().startswith(("word/", "ppt/", "visio/")):
        return ExcelWorkbook(archive, limits)
    if CONTENT in archive and "mimetype" in archive:
        return _opendocument(archive, limits)
    raise UnsupportedFile(what=_kind_of_archive(archive))


def _opendocument(archive: Archive, limits: TableLimits) -> _Workbook:
    kind = archive.read("mimetype").strip()
    if not kind.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        raise UnsupportedFile(what=_("an OpenDocument file, but not a spreadsheet"))
    return OpenDocumentWorkbook(archive, limits)


def _kind_of_archive(archive: Archive) -> str:
    if archive.has_folder("word/"):
        return _("a Word document")
    if archive.has_folder("ppt/"):
        return _("a PowerPoint presentation")
    if archive.has_folder("index/"):
        return _("an Apple Numbers or Pages document")
    if archive.has_folder("xl/"):
        raise DamagedWorkbook
    return _("a ZIP archive")


def _sheet(workbook: _Workbook, wanted: Wanted, chosen: str | None) -> tuple[str, Iterator[RawRow]]:
    """
    Return the sheet that was chosen, else the first one whose header has all columns of interest, else the nearest.

    :raises UnknownSheet: if the chosen sheet is not there
    :raises NoSheet: if no sheet holds anything
    """
    if chosen is not None and chosen not in workbook.sheets:
        raise UnknownSheet(sheet=chosen)
    best: tuple[int, str] | None = None
    for name in (chosen,) if chosen is not None else workbook.sheets:
        rows = without_blanks(workbook.rows(name))
        first = next(rows, None)
        if first is None:
            continue
        matches = wanted.matches(header_names(first.cells))
        if matches == wanted.enough:
            return name, chain([first], rows)
        if best is None or matches > best[0]:
            best = (matches, name)
    if best is None:
        raise NoSheet
    return best[1], without_blanks(workbook.rows(best[1]))


def without_blanks(rows: Iterator[RawRow]) -> Iterator[RawRow]:
    """Drop rows of spaces; a formula without its result is not blank, something was meant to be there."""
    for row in rows:
        if "".join(row.cells).strip() or CellKind.FORMULA in row.kinds:
            yield row


def _cut(number: int, line: int, cells: list[str], kinds: Sequence[CellKind], width: int) -> TableRow:
    """Bring a row that is longer than the header to its width; what is cut off must be blank."""
    surplus = "".join(cells[width:]).strip() or CellKind.FORMULA in kinds[width:]
    error = TooManyCells(cells=len(cells), columns=width) if surplus else None
    return TableRow(number, line, cells[:width], kinds[:width], error)
