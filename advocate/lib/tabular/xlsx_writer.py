"""Write Excel workbooks as a stream: sheet markup straight into the ZIP archive, nothing kept."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import IO, BinaryIO, Literal

from advocate.lib.tabular.celltext import LAST_COLUMN, escape_characters
from advocate.lib.tabular.xlsx_parts import (
    DATE_STYLE,
    DATETIME_STYLE,
    HEADER_STYLE,
    HIGHLIGHTED_HEADER_STYLE,
    MOST_DIGITS,
    column_letters,
    number_style,
    package_parts,
    sheet_end,
    sheet_start,
    text_style,
)

LAST_ROW = 1_048_576
LONGEST_TEXT = 32_767
EXACT_DIGITS = 15
ROWS_AT_ONCE = 500

Kind = Literal["text", "integer", "decimal", "date", "datetime"]
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NEEDS_CARE = re.compile("[\x00-\x08\x0b-\x1f&<>\ufffe\uffff\ud800-\udfff]|_x[0-9A-Fa-f]{4}_")
_NOT_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """
    A column of a sheet.

    ``digits`` are the decimal places that a ``decimal`` column shows; an :class:`Amount` brings its own. ``width`` is
    in characters. A highlighted column is tinted: the one to fill in.
    """

    name: str
    kind: Kind = "text"
    digits: int = 2
    width: int = 16
    highlighted: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """
    An amount in the smallest fraction of its unit, for units with different numbers of digits in one column.

    ``shown`` is for a cell to be filled in: the decimal places that a spreadsheet shows there, should they be more. It
    matters beyond looks, as a spreadsheet saves a CSV file with the digits that it shows.
    """

    minor: int
    exponent: int
    shown: int = 0

    def __str__(self) -> str:
        return _scaled(self.minor, self.exponent)  # as a CSV file shows it


Cell = str | int | Decimal | date | datetime | Amount | None
_Encoder = Callable[[Cell, str], str]


def write_xlsx(out: BinaryIO, *, sheet_name: str, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> int:
    """
    Write a table as an Excel workbook in flat memory, and return the number of rows.

    The header is bold and stays in view; text is always text (ids keep their zeros, nothing becomes a formula);
    amounts are numbers with their unit's digits, or text where a number would lose digits. Rows beyond a sheet's last
    go to a further sheet under the same header. Text beyond the 32,767 characters of an Excel cell is cut off.
    ``out`` stays open and needs no seeking.

    :raises ValueError: if a row has more cells than there are columns, or a cell does not fit its column's kind
    """
    if not 0 < len(columns) <= LAST_COLUMN:
        raise ValueError(columns)
    encoders = [_encoder(column, column_letters(index)) for index, column in enumerate(columns)]
    written = 0
    names: list[str] = []
    pending: Iterator[Sequence[Cell]] = iter(rows)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        following: list[Sequence[Cell]] = []
        while not names or (following := list(islice(pending, 1))):
            names.append(_numbered(sheet_name, len(names) + 1))
            with archive.open(f"xl/worksheets/sheet{len(names)}.xml", "w", force_zip64=True) as part:
                written += _write_sheet(part, columns, encoders, islice(chain(following, pending), LAST_ROW - 1))
        for path, content in package_parts(names):
            archive.writestr(path, content)
    return written


def _write_sheet(
    part: IO[bytes], columns: Sequence[Column], encoders: Sequence[_Encoder], rows: Iterator[Sequence[Cell]]
) -> int:
    part.write(sheet_start([(column.width, text_style(column.highlighted)) for column in columns]).encode())
    part.write(_header(columns).encode())
    number = 1
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        markup: list[str] = []
        for row in batch:
            number += 1
            at = f'{number}"'
            markup.append(f'<row r="{at}>')
            if len(row) > len(encoders):
                raise ValueError(row)
            markup += [encode(cell, at) for encode, cell in zip(encoders, row, strict=False) if cell is not None]
            markup.append("</row>")
        part.write("".join(markup).encode())
    part.write(sheet_end(len(columns), number).encode())
    return number - 1


def _header(columns: Sequence[Column]) -> str:
    cells = []
    for index, column in enumerate(columns):
        style = HIGHLIGHTED_HEADER_STYLE if column.highlighted else HEADER_STYLE
        cells.append(_text_cell(column.name, f'<c r="{column_letters(index)}', '1"', style))
    return f'<row r="1">{"".join(cells)}</row>'


def _encoder(column: Column, letters: str) -> _Encoder:
    start = f'<c r="{letters}'
    plain = text_style(column.highlighted)
    tinted = column.highlighted

    def text(cell: Cell, at: str) -> str:
        return _text_cell(cell if isinstance(cell, str) else str(cell), start, at, plain)

    def number(cell: Cell, at: str) -> str:
        if isinstance(cell, str):
            return _text_cell(cell, start, at, plain) if cell else ""
        value, digits = _number_text(cell, column)
        if sum(map(str.isdigit, value.lstrip("-0."))) > EXACT_DIGITS:
            return _text_cell(value, start, at, plain)
        return f'{start}{at} s="{number_style(digits, tinted)}"><v>{value}</v></c>'

    def moment(cell: Cell, at: str) -> str:
        if not isinstance(cell, date):
            return text(cell, at)
        style = DATETIME_STYLE if isinstance(cell, datetime) else DATE_STYLE
        return f'{start}{at} s="{style}"><v>{_serial(cell)}</v></c>'

    return {"text": text, "integer": number, "decimal": number, "date": moment, "datetime": moment}[column.kind]


def _text_cell(text: str, start: str, at: str, style: int) -> str:
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT]
    if _NEEDS_CARE.search(text):
        text = _careful(text)
    if not text:
        return ""
    space = ' xml:space="preserve"' if text[0] <= " " or text[-1] <= " " or "  " in text or "\n" in text else ""
    return f'{start}{at} s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _careful(text: str) -> str:
    text = _NOT_IN_XML.sub("", escape_characters(text))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\r", "_x000D_")


def _number_text(cell: Cell, column: Column) -> tuple[str, int]:
    """Return a number's plain text and how many decimal places it shows."""
    if isinstance(cell, Amount):
        return _scaled(cell.minor, cell.exponent), max(cell.exponent, cell.shown)
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell), 0 if column.kind == "integer" else column.digits
    if isinstance(cell, Decimal) and cell.is_finite():
        return f"{cell:f}", column.digits if column.kind == "decimal" else 0
    raise ValueError(cell)


def _scaled(minor: int, exponent: int) -> str:
    if not 0 <= exponent <= MOST_DIGITS:
        raise ValueError(exponent)
    if not exponent:
        return str(minor)
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    return f"{'-' if minor < 0 else ''}{digits[:-exponent]}.{digits[-exponent:]}"


def _serial(moment: date) -> str:
    """Return the days since a spreadsheet's epoch; a zone is left out, spreadsheets know none."""
    days = moment.toordinal() - date(1899, 12, 30).toordinal()
    if not isinstance(moment, datetime):
        return str(days)
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return f"{days + seconds / 86_400:.10f}"


def _numbered(name: str, number: int) -> str:
    """Return a name that Excel accepts for a sheet: up to 31 characters, none of those it forbids."""
    suffix = f" {number}" if number > 1 else ""
    bare = _NOT_IN_SHEET_NAME.sub(" ", _NOT_IN_XML.sub("", name)).strip().strip("'")
    most = 31 - len(suffix)
    if len(bare) > most:
        end = bare.rfind(" ", 0, most + 1)  # no word is cut in two, unless it is longer than half a name
        bare = bare[: end if end > most // 2 else most].rstrip()
    return (bare or "Sheet") + suffix
