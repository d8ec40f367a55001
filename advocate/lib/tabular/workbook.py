"""Read an Excel workbook (.xlsx, .xlsm; transitional or strict): its sheets, shared texts and date formats."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from advocate.lib.tabular.archive import Archive
from advocate.lib.tabular.celltext import BUILT_IN_DATE_FORMATS, EPOCH_1900, EPOCH_1904, is_date_format
from advocate.lib.tabular.errors import DamagedWorkbook
from advocate.lib.tabular.limits import TableLimits
from advocate.lib.tabular.markup import local_attributes, read_markup
from advocate.lib.tabular.rows import RawRow
from advocate.lib.tabular.shared import SharedTexts, read_shared_texts
from advocate.lib.tabular.sheetrows import SheetContext, sheet_rows

MOST_STYLES = 100_000
PLAIN_FORMATS = frozenset({"general", "0", "#", "@"})
PLAIN_BUILT_IN = frozenset({"0", "1", "49"})


@dataclass(frozen=True, slots=True)
class Relation:
    """One part that another part names."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A sheet as the workbook's table of contents lists it."""

    name: str
    relation: str
    hidden: bool


@dataclass(slots=True)
class _Contents:
    sheets: list[SheetEntry] = field(default_factory=list)
    epoch: datetime = EPOCH_1900

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            local = local_attributes(attributes)
            hidden = local.get("state", "visible") != "visible"
            self.sheets.append(SheetEntry(local.get("name", ""), local.get("id", ""), hidden))
        elif name == "workbookPr" and attributes.get("date1904", "") in {"1", "true"}:
            self.epoch = EPOCH_1904


@dataclass(slots=True)
class _Styles:
    """Collect which cell formats show dates, and which show numbers otherwise than in plain digits."""

    codes: dict[str, str] = field(default_factory=dict)
    dates: set[int] = field(default_factory=set)
    shapes: set[int] = field(default_factory=set)
    count: int = 0
    in_formats: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt" and len(self.codes) < MOST_STYLES:
            self.codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self.in_formats = True
        elif name == "xf" and self.in_formats and self.count < MOST_STYLES:
            number = attributes.get("numFmtId", "0")
            if self._is_date(number):
                self.dates.add(self.count)
            elif not self._is_plain(number):
                self.shapes.add(self.count)
            self.count += 1

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.in_formats = False

    def _is_date(self, number: str) -> bool:
        if number in self.codes:
            return is_date_format(self.codes[number])
        return len(number) < 4 and number.isdecimal() and int(number) in BUILT_IN_DATE_FORMATS

    def _is_plain(self, number: str) -> bool:
        return self.codes[number].lower() in PLAIN_FORMATS if number in self.codes else number in PLAIN_BUILT_IN


class ExcelWorkbook:
    """The visible worksheets of an Excel workbook; charts and hidden sheets hold nothing to import."""

    format = "xlsx"

    def __init__(self, archive: Archive, limits: TableLimits) -> None:
        """
        Read the table of contents.

        :raises DamagedWorkbook: if it or what it refers to is missing
        """
        self._archive = archive
        self._limits = limits
        self._path = workbook_part(archive)
        self._relations = _relations(archive, self._path)
        contents = _Contents()
        read_markup([archive.read(self._path)], start=contents.start)
        self._epoch = contents.epoch
        self._targets = self._worksheets(contents.sheets)

    @property
    def sheets(self) -> tuple[str, ...]:
        """Return the names of the sheets that can be read, in the workbook's order."""
        return tuple(self._targets)

    def rows(self, sheet: str) -> Iterator[RawRow]:
        """Yield the rows of a sheet that hold something."""
        target = self._targets[sheet]
        return sheet_rows(lambda: self._archive.chunks(target), self._context)

    def _worksheets(self, entries: list[SheetEntry]) -> dict[str, str]:
        visible = [entry for entry in entries if not entry.hidden] or entries
        targets: dict[str, str] = {}
        for entry in visible:
            relation = self._relations.get(entry.relation)
            if relation is None:
                raise DamagedWorkbook
            if relation.kind == "worksheet":
                targets.setdefault(entry.name, relation.target)
        return targets

    @cached_property
    def _context(self) -> SheetContext:
        styles = self._styles()
        return SheetContext(
            texts=self._shared_texts(),
            date_styles=frozenset(styles.dates),
            shaped_styles=frozenset(styles.shapes),
            epoch=self._epoch,
            limits=self._limits,
        )

    def _part(self, kind: str) -> str:
        targets = [relation.target for relation in self._relations.values() if relation.kind == kind]
        return targets[0] if targets and targets[0] in self._archive else ""

    def _shared_texts(self) -> SharedTexts:
        part = self._part("sharedStrings")
        if not part:
            return SharedTexts()
        limit = self._limits.shared_text_bytes
        return read_shared_texts(
            self._archive.chunks(part, limit=limit), self._archive.chunks(part, limit=limit), self._limits
        )

    def _styles(self) -> _Styles:
        styles = _Styles()
        part = self._part("styles")
        if part:
            read_markup([self._archive.read(part)], start=styles.start, end=styles.end)
        return styles


def workbook_part(archive: Archive) -> str:
    """Return the path of the part that lists the sheets, empty if this is no Excel workbook."""
    if "_rels/.rels" in archive:
        for relation in _relations(archive, "").values():
            if relation.kind == "officeDocument" and relation.target in archive:
                return relation.target
    return "xl/workbook.xml" if "xl/workbook.xml" in archive else ""


def _relations(archive: Archive, part: str) -> dict[str, Relation]:
    """Return the parts that a part names, by the id it uses for them."""
    folder, name = posixpath.split(part)
    path = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, Relation] = {}

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
            found[attributes.get("Id", "")] = Relation(kind, target.lstrip("/"))

    if path in archive:
        read_markup([archive.read(path)], start=start)
    return found
