"""Read an OpenDocument spreadsheet (.ods) as a stream; its repeated rows and cells are counted, never unrolled."""

from __future__ import annotations

from collections.abc import Iterator

from advocate.lib.tabular.archive import Archive
from advocate.lib.tabular.celltext import plain_number
from advocate.lib.tabular.errors import CellTooLong, EncryptedWorkbook, RowTooLong, TooManyRows
from advocate.lib.tabular.limits import TableLimits
from advocate.lib.tabular.markup import MarkupReader, local_attributes
from advocate.lib.tabular.rows import CellKind, RawRow

CONTENT = "content.xml"
MANIFEST = "META-INF/manifest.xml"
_NUMBERS = {"float", "currency", "percentage"}
_CELLS = {"table-cell", "covered-table-cell"}


class OpenDocumentWorkbook:
    """The sheets of an OpenDocument spreadsheet."""

    format = "ods"

    def __init__(self, archive: Archive, limits: TableLimits) -> None:
        if MANIFEST in archive and b"encryption-data" in archive.read(MANIFEST):
            raise EncryptedWorkbook
        self._archive = archive
        self._limits = limits
        self.sheets = self._sheet_names()

    def rows(self, sheet: str) -> Iterator[RawRow]:
        """Yield the rows of a sheet that hold something."""
        collector = _SheetCollector(sheet, self._limits)
        reader = MarkupReader(start=collector.start, end=collector.end, text=collector.text)
        for chunk in self._archive.chunks(CONTENT):
            reader.feed(chunk)
            yield from collector.take()
        reader.close()
        yield from collector.take()

    def _sheet_names(self) -> tuple[str, ...]:
        names: list[str] = []

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "table":
                names.append(local_attributes(attributes).get("name", ""))

        reader = MarkupReader(start=start)
        for chunk in self._archive.chunks(CONTENT):
            reader.feed(chunk)
        reader.close()
        return tuple(dict.fromkeys(names))


class _SheetCollector:
    """Handlers for expat that put the cells of one sheet into rows."""

    def __init__(self, sheet: str, limits: TableLimits) -> None:
        self._sheet = sheet
        self._limits = limits
        self._inside = False
        self._done: list[RawRow] = []
        self._number = 0
        self._row_repeats = 1
        self._cell_repeats = 1
        self._position = 0
        self._cells: list[str] = []
        self._kinds: list[CellKind] = []
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] = []
        self._length = 0
        self._paragraphs = 0
        self._hidden = 0
        self._emitted = 0

    def take(self) -> list[RawRow]:
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self._inside = local_attributes(attributes).get("name", "") == self._sheet and not self._number
        elif not self._inside:
            return
        elif name == "table-row":
            self._row_repeats = _count(local_attributes(attributes).get("number-rows-repeated", ""))
            self._cells, self._kinds, self._position, self._length = [], [], 0, 0
        elif name in _CELLS:
            self._attributes = local_attributes(attributes)
            self._cell_repeats = _count(self._attributes.get("number-columns-repeated", ""))
            self._pieces, self._paragraphs = [], 0
        else:
            self._start_content(name, attributes)

    def end(self, name: str) -> None:
        if not self._inside:
            return
        if name == "annotation":
            self._hidden -= 1
        elif name in _CELLS:
            self._end_cell()
        elif name == "table-row":
            self._end_row()
        elif name == "table":
            self._inside = False

    def text(self, data: str) -> None:
        if self._inside and self._paragraphs and not self._hidden:
            self._pieces.append(data)
            self._length += len(data)
            if self._length > self._limits.row_length:
                raise RowTooLong(line=self._number + 1, limit=self._limits.row_length)

    def _start_content(self, name: str, attributes: dict[str, str]) -> None:
        if name == "annotation":
            self._hidden += 1
        elif name == "p" and not self._hidden:
            if self._paragraphs:
                self._pieces.append("\n")
            self._paragraphs += 1
        elif name == "s":
            self.text(" " * min(_count(local_attributes(attributes).get("c", "")), self._limits.cell_length))
        elif name == "tab":
            self.text("\t")
        elif name == "line-break":
            self.text("\n")

    def _end_cell(self) -> None:
        text, kind = _interpret(self._attributes, "".join(self._pieces))
        self._pieces = []
        if len(text) > self._limits.cell_length:
            raise CellTooLong(line=self._number + 1, limit=self._limits.cell_length)
        if text or kind is not CellKind.TEXT:
            beyond = self._limits.columns
            start = min(self._position, beyond)
            end = min(self._position + self._cell_repeats, beyond + 1)
            missing = start - len(self._cells)
            self._cells += [""] * missing + [text] * (end - start)
            self._kinds += [CellKind.TEXT] * missing + [kind] * (end - start)
            self._refuse_long_row(len(text) * (end - start))
        self._position += self._cell_repeats

    def _refuse_long_row(self, added: int) -> None:
        if added > self._limits.row_length:
            raise RowTooLong(line=self._number + 1, limit=self._limits.row_length)

    def _end_row(self) -> None:
        if self._cells:
            self._emitted += self._row_repeats
            if self._emitted > self._limits.rows + 1:
                raise TooManyRows(limit=self._limits.rows)
            for number in range(self._number + 1, self._number + self._row_repeats + 1):
                self._done.append(RawRow(number, number, self._cells, self._kinds))
        self._number += self._row_repeats


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 7 else 1


def _interpret(attributes: dict[str, str], shown: str) -> tuple[str, CellKind]:
    """Return a cell's text and kind: the value that it holds rather than the way in which it is shown."""
    kind = attributes.get("value-type", "")
    if "formula" in attributes and (not kind or shown.startswith(("#", "Err:"))):
        return shown, CellKind.ERROR if shown else CellKind.FORMULA
    if kind in _NUMBERS:
        return _number(attributes.get("value", ""), shown)
    if kind in {"date", "time"}:
        return attributes.get(f"{kind}-value", shown).removesuffix("T00:00:00"), CellKind.DATE
    if kind == "boolean":
        return attributes.get("boolean-value", "").upper(), CellKind.LOGICAL
    return attributes.get("string-value", shown), CellKind.TEXT


def _number(value: str, shown: str) -> tuple[str, CellKind]:
    try:
        plain = plain_number(value)
    except ValueError:
        return shown, CellKind.ERROR
    return plain, CellKind.NUMBER if shown in {plain, ""} else CellKind.FORMATTED
