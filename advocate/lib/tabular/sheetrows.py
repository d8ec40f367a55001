"""
Turn the markup of an Excel sheet into rows, in flat memory.

Plain sheets, which is what spreadsheet programs write, are cut by regular expressions that account for every
character; whatever they do not know (prefixes, comments, rich text, other encodings) sends the sheet through expat.
Both give the same rows. Why not a library: docs/adr/0010-workbooks-as-streams.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from advocate.lib.tabular.celltext import (
    ColumnIndex,
    date_text,
    plain_number,
    unescape_characters,
    unescape_entities,
)
from advocate.lib.tabular.errors import CellTooLong, DamagedWorkbook, RowTooLong
from advocate.lib.tabular.limits import TableLimits
from advocate.lib.tabular.markup import MarkupReader
from advocate.lib.tabular.rows import CellKind, RawRow
from advocate.lib.tabular.shared import SharedTexts, UnusualMarkupError, check_plain, decoded

_ATTRIBUTES = r'(?: [\w:.]+="[^"<]*")*'
_EMPTY_ROWS = rf"\s*(?:<row{_ATTRIBUTES} ?/>\s*)*"
_ROW_HEAD = re.compile(rf'{_EMPTY_ROWS}<row(?: r="(\d{{1,7}})")?{_ATTRIBUTES}>')
_ONLY_EMPTY_ROWS = re.compile(_EMPTY_ROWS)
_CELL = re.compile(
    r'\s*(?:<c r="([A-Z]{1,3})\d{1,7}"(?: s="(\d{1,6})")?(?: t="(\w+)")?(?: s="(\d{1,6})")? ?'
    r"(?:/>|>"
    rf"(<f{_ATTRIBUTES}(?:/>|>[^<]*</f>))?"
    r'(?:(<v)(?:/>|>([^<]*)</v>)|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?'
    r"</c>)|(\S.*))",
    re.DOTALL,
)
_COLUMNS = ColumnIndex()
_LONGEST_PROLOGUE = 1 << 20


@dataclass(frozen=True, slots=True)
class SheetContext:
    """What the cells of a sheet refer to."""

    texts: SharedTexts
    date_styles: frozenset[int]
    shaped_styles: frozenset[int]
    epoch: datetime
    limits: TableLimits


def sheet_rows(unpack: Callable[[], Iterable[bytes]], context: SheetContext) -> Iterator[RawRow]:
    """
    Yield the rows of a sheet that hold something; ``unpack`` starts unpacking its markup.

    :raises DamagedWorkbook: if the markup is broken or refers to what is not there
    """
    done = 0
    try:
        for row in _quick_rows(unpack(), context):
            yield row
            done += 1
    except (UnusualMarkupError, UnicodeDecodeError):
        pass
    else:
        return
    for row in _thorough_rows(unpack(), context):
        if done:
            done -= 1
        else:
            yield row


def _quick_rows(chunks: Iterable[bytes], context: SheetContext) -> Iterator[RawRow]:
    frame = MarkupReader(start=lambda _name, _attributes: None)
    pieces = decoded(chunks)
    buffer = _enter_sheet_data(frame, pieces)
    number = 0
    while (end := buffer.find("</sheetData>")) < 0:
        cut = buffer.rfind("<row")
        if cut > 0:
            for row in _rows_of(buffer[:cut], number, context):
                number = row.number
                if row.cells:
                    yield row
            buffer = buffer[cut:]
        elif len(buffer) > 4 * context.limits.row_length:
            raise RowTooLong(line=number + 1, limit=context.limits.row_length)
        piece = next(pieces, None)
        if piece is None:
            raise UnusualMarkupError
        buffer += piece
    yield from (row for row in _rows_of(buffer[:end], number, context) if row.cells)
    frame.feed(buffer[end:].encode())
    for piece in pieces:
        frame.feed(piece.encode())
    frame.close()


def _enter_sheet_data(frame: MarkupReader, pieces: Iterator[str]) -> str:
    """Check what stands before the rows, and return what follows."""
    buffer = ""
    for piece in pieces:
        buffer += piece
        start = buffer.find("<sheetData>") + len("<sheetData>")
        if start >= len("<sheetData>"):
            check_plain(buffer[:start])
            frame.feed(buffer[:start].encode())
            return buffer[start:]
        if len(buffer) > _LONGEST_PROLOGUE:
            break
    raise UnusualMarkupError


def _rows_of(markup: str, number: int, context: SheetContext) -> Iterator[RawRow]:
    """Yield each row of complete markup; a blank one has no cells."""
    *rows, rest = markup.split("</row>")
    for row in rows:
        head = _ROW_HEAD.match(row)
        if head is None:
            raise UnusualMarkupError
        number = int(head[1]) if head[1] else number + head[0].count("<row")
        try:
            yield _quick_row(_CELL.findall(row, head.end()), number, "&" in row or "_x" in row, context)
        except ValueError as error:
            raise UnusualMarkupError from error
    trailing = _ONLY_EMPTY_ROWS.fullmatch(rest)
    if trailing is None:
        raise UnusualMarkupError
    if rest:
        yield RawRow(number + rest.count("<row"), 0, [])


def _quick_row(found: list[tuple[str, ...]], number: int, escapes: bool, context: SheetContext) -> RawRow:
    cells: list[str] = []
    kinds: list[CellKind] = []
    length = 0
    text_kind, widest = CellKind.TEXT, context.limits.columns
    for letters, style, kind_letter, late_style, formula, has_value, value, inline, stray in found:
        if stray:
            raise UnusualMarkupError
        if not (has_value or inline or formula):
            continue
        raw = value or inline
        if escapes and "&" in raw:
            raw = unescape_entities(raw)
        if kind_letter == "inlineStr":
            text, kind = (unescape_characters(raw) if escapes else raw), text_kind
        else:
            text, kind = interpret(raw, kind_letter, style or late_style, bool(formula), bool(has_value), context)
        if text or kind is not text_kind:
            length += len(text)
            position = _COLUMNS[letters]
            if position == len(cells) <= widest:
                cells.append(text)
                kinds.append(kind)
            else:
                _place(cells, kinds, min(position, widest), text, kind)
    if length > context.limits.cell_length:
        check_lengths(cells, number, context.limits)
    return RawRow(number, number, cells, kinds)


def _place(cells: list[str], kinds: list[CellKind], position: int, text: str, kind: CellKind) -> None:
    missing = position - len(cells)
    if missing >= 0:
        if missing:
            cells.extend([""] * missing)
            kinds.extend([CellKind.TEXT] * missing)
        cells.append(text)
        kinds.append(kind)
    else:
        cells[position] = text
        kinds[position] = kind


def check_lengths(cells: list[str], number: int, limits: TableLimits) -> None:
    """
    Refuse a row whose cells are longer than the limits.

    :raises CellTooLong, RowTooLong: naming the limit
    """
    if max(map(len, cells)) > limits.cell_length:
        raise CellTooLong(line=number, limit=limits.cell_length)
    if sum(map(len, cells)) > limits.row_length:
        raise RowTooLong(line=number, limit=limits.row_length)


def interpret(
    raw: str, kind_letter: str, style: str, formula: bool, has_value: bool, context: SheetContext
) -> tuple[str, CellKind]:
    """
    Return a cell's text and kind.

    :raises DamagedWorkbook: if the cell refers to a shared text that is not there
    """
    if formula and not raw and not (has_value and kind_letter == "str"):
        return "", CellKind.FORMULA
    if kind_letter == "s":
        return _shared_text(raw, context.texts), CellKind.TEXT
    if kind_letter in {"", "n"}:
        return _number(raw, style, context) if raw else ("", CellKind.TEXT)
    return _other(raw, kind_letter)


def _other(raw: str, kind_letter: str) -> tuple[str, CellKind]:
    if kind_letter == "b":
        return ("TRUE" if raw.strip() in {"1", "true"} else "FALSE"), CellKind.LOGICAL
    if kind_letter == "e":
        return raw, CellKind.ERROR
    if kind_letter == "d":
        return raw.removesuffix("T00:00:00"), CellKind.DATE
    return unescape_characters(raw), CellKind.TEXT


def _shared_text(raw: str, texts: SharedTexts) -> str:
    index = raw.strip()
    if not (index.isascii() and index.isdigit() and len(index) < 10 and int(index) < len(texts)):
        raise DamagedWorkbook
    return texts[int(index)]


def _number(raw: str, style: str, context: SheetContext) -> tuple[str, CellKind]:
    styled = int(style) if style else -1
    try:
        if styled in context.date_styles:
            return date_text(raw, epoch=context.epoch), CellKind.DATE
    except (ValueError, OverflowError):
        return raw, CellKind.DATE
    try:
        return plain_number(raw), CellKind.FORMATTED if styled in context.shaped_styles else CellKind.NUMBER
    except ValueError:
        return raw[:100], CellKind.ERROR


def _thorough_rows(chunks: Iterable[bytes], context: SheetContext) -> Iterator[RawRow]:
    collector = _RowCollector(context)
    reader = MarkupReader(start=collector.start, end=collector.end, text=collector.text)
    for chunk in chunks:
        reader.feed(chunk)
        yield from collector.take()
    reader.close()
    yield from collector.take()


class _RowCollector:
    """Handlers for expat that put cells into rows."""

    def __init__(self, context: SheetContext) -> None:
        self._context = context
        self._done: list[RawRow] = []
        self._cells: list[str] = []
        self._kinds: list[CellKind] = []
        self._number = 0
        self._position = -1
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []
        self._length = 0
        self._seen: set[str] = set()
        self._phonetic = 0
        self._reading = False

    def take(self) -> list[RawRow]:
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._start_cell(attributes)
        elif name in {"v", "f", "t"}:
            self._seen.add(name)
            self._reading = name != "f" and not self._phonetic
        elif name == "rPh":
            self._phonetic += 1
        elif name == "row":
            self._start_row(attributes)

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._reading = False
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "c":
            self._end_cell()
        elif name == "row" and self._cells:
            self._done.append(RawRow(self._number, self._number, self._cells, self._kinds))

    def text(self, data: str) -> None:
        if self._reading:
            self._pieces.append(data)
            self._length += len(data)
            if self._length > self._context.limits.row_length:
                check_lengths(["".join(self._pieces)], self._number, self._context.limits)
                raise RowTooLong(line=self._number, limit=self._context.limits.row_length)

    def _start_row(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r", "")
        self._number = int(reference) if _is_small_number(reference) else self._number + 1
        self._cells, self._kinds = [], []
        self._position = -1
        self._length = 0

    def _start_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip("0123456789")
        try:
            self._position = _COLUMNS[letters] if letters else self._position + 1
        except ValueError as error:
            raise DamagedWorkbook from error
        self._attributes = attributes
        self._pieces = []
        self._seen.clear()

    def _end_cell(self) -> None:
        if not self._seen:
            return
        raw = "".join(self._pieces)
        attributes, style = self._attributes, self._attributes.get("s", "")
        style = style if _is_small_number(style) else ""
        has_value = bool(self._seen & {"v", "t"})
        text, kind = interpret(raw, attributes.get("t", ""), style, "f" in self._seen, has_value, self._context)
        if len(text) > self._context.limits.cell_length:
            raise CellTooLong(line=self._number, limit=self._context.limits.cell_length)
        if text or kind is not CellKind.TEXT:
            _place(self._cells, self._kinds, min(self._position, self._context.limits.columns), text, kind)


def _is_small_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 7
