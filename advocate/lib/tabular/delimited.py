"""Read CSV, TSV and other separated text as a stream of rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from advocate.lib.tabular.charset import check_encoding, detect_encoding
from advocate.lib.tabular.errors import (
    BinaryContent,
    CellTooLong,
    RowTooLong,
    TooManyRows,
    UnclosedQuote,
    UndecodableText,
    UnknownSeparator,
)
from advocate.lib.tabular.limits import TableLimits
from advocate.lib.tabular.rows import Detected, RawRow

SEPARATORS = (",", ";", "\t")
FORMATS = {",": "csv", ";": "csv", "\t": "tsv"}
HEADER_SAMPLE = 1 << 16
READ_AHEAD = 1 << 18


@dataclass(frozen=True, slots=True)
class Delimited:
    """A text file whose encoding and separator are known."""

    file: BinaryIO
    limits: TableLimits
    detected: Detected
    hint_lines: int

    def rows(self) -> Iterator[RawRow]:
        """
        Yield every record that is not blank, the header among them.

        :raises UnclosedQuote: if quotation marks do not match
        :raises CellTooLong: if a cell goes beyond the limit
        :raises BinaryContent: if a line holds a NUL
        """
        text = _text_of(self.file, self.detected.encoding)
        for _hint in range(self.hint_lines):
            text.readline(self.limits.row_length)
        return self._plain_records(text)

    def refuse_too_many_rows(self) -> None:
        """
        Refuse a file beyond the limit of rows before anybody works on its first ones.

        Its line ends are at least as many as its rows and quick to count, so that only a file near the limit is read
        twice.

        :raises TooManyRows: if it has more rows under its header than the limit
        """
        most = self.limits.rows
        if _line_ends(self.file) <= most:
            return
        for count, _row in enumerate(self.rows()):
            if count > most:
                raise TooManyRows(limit=most)

    def _plain_records(self, text: io.TextIOWrapper) -> Iterator[RawRow]:
        """
        Yield the records as long as each is a line of one cell, block by block, and the others as csv reads them.

        A list of codes is such a file, and has millions of lines.
        """
        number, rest = 0, ""
        longest, separator = self.limits.cell_length, self.detected.separator
        while block := self._block(text, number):
            block = rest + block
            unix = block.replace("\r\n", "\n")
            if len(block) > longest or any(mark in unix for mark in ('"', separator, "\0", "\r")):
                break
            *lines, rest = unix.split("\n")
            for line in lines:
                number += 1
                if line and not line.isspace():
                    yield RawRow(number, self.hint_lines + number, [line])
        begun = _Begun(block or rest, text)
        lines_left = _Lines(begun, self.limits.row_length, self.detected.encoding, self.hint_lines + number)
        yield from self._records(lines_left, number)

    def _block(self, text: io.TextIOWrapper, number: int) -> str:
        try:
            block = text.read(READ_AHEAD)
            return block + text.read(1) if block.endswith("\r") else block
        except UnicodeDecodeError as error:
            raise UndecodableText(line=number + 1, encoding=self.detected.encoding) from error

    def _records(self, lines: _Lines, number: int) -> Iterator[RawRow]:
        if csv.field_size_limit() < self.limits.cell_length:
            csv.field_size_limit(self.limits.cell_length)
        reader = csv.reader(lines, delimiter=self.detected.separator, strict=True)
        longest = self.limits.cell_length
        line = lines.number + 1
        try:
            for cells in reader:
                number += 1
                text = "".join(cells)
                if len(text) > longest and max(map(len, cells)) > longest:
                    raise CellTooLong(line=line, limit=longest)
                if text.strip():
                    yield RawRow(number, line, cells)
                line = lines.number + 1
        except csv.Error as error:
            if "field larger" in str(error):
                raise CellTooLong(line=line, limit=longest) from error
            raise UnclosedQuote(line=line) from error


class _Begun:
    """The lines of a text of which the beginning was read already."""

    def __init__(self, begun: str, text: io.TextIOWrapper) -> None:
        self._begun = io.StringIO(begun, newline="")
        self._text = text

    def readline(self, longest: int) -> str:
        """Return the next line, or as much of it as is wanted."""
        line = self._begun.readline(longest)
        if line.endswith(("\n", "\r")) or len(line) == longest:
            return line
        return line + self._text.readline(longest - len(line))


class _Lines:
    """Lines of a text, counted, each of bounded length and free of NUL."""

    def __init__(self, text: _Begun, longest: int, encoding: str, number: int) -> None:
        self._read = text.readline
        self._longest = longest
        self._encoding = encoding
        self.number = number

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        try:
            line = self._read(self._longest + 1)
        except UnicodeDecodeError as error:
            raise UndecodableText(line=self.number + 1, encoding=self._encoding) from error
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > self._longest:
            raise RowTooLong(line=self.number, limit=self._longest)
        if "\0" in line:
            raise BinaryContent(line=self.number)
        return line


class _Uncloseable(io.RawIOBase):
    """The caller's file for a text reader that would otherwise close it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no len()
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def open_delimited(
    file: BinaryIO,
    *,
    limits: TableLimits,
    matches: Callable[[Sequence[str]], int],
    encoding: str | None,
    separator: str | None,
) -> Delimited:
    """
    Find the encoding and the separator of a text file, or take the given ones.

    ``matches`` tells how many columns of interest a header has.

    :raises UnknownEncoding, UndecodableText: as in :mod:`advocate.lib.tabular.charset`
    :raises UnknownSeparator: if the given separator is not comma, semicolon or tab
    """
    if separator is not None and separator not in SEPARATORS:
        raise UnknownSeparator(separator=separator)
    codec = check_encoding(file, encoding) if encoding else detect_encoding(file)
    sample, hinted, hint_lines = _header_sample(file, codec)
    found = separator or hinted or _separator_of(sample, matches)
    detected = Detected(format=FORMATS[found], encoding=codec.removesuffix("-sig"), separator=found)
    return Delimited(file, limits, detected, hint_lines)


def _line_ends(file: BinaryIO) -> int:
    file.seek(0)
    count = 0
    while block := file.read(READ_AHEAD):
        count += block.count(b"\n") + block.count(b"\r") - block.count(b"\r\n")
    return count


def _text_of(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    file.seek(0)
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(
        io.BufferedReader(_Uncloseable(file), READ_AHEAD), encoding=codec, errors="strict", newline=""
    )


def _header_sample(file: BinaryIO, codec: str) -> tuple[str, str, int]:
    """Return the beginning of the text, and what an Excel hint (``sep=;``) in its first line says."""
    try:
        sample = _text_of(file, codec.removesuffix("-sig")).read(HEADER_SAMPLE)
    except UnicodeDecodeError as error:
        raise UndecodableText(line=1, encoding=codec) from error
    first, _, rest = sample.partition("\n")
    hint = first.rstrip("\r")
    if hint[:4].lower() == "sep=" and hint[4:] in SEPARATORS:
        return rest, hint[4:], 1
    return sample, "", 0


def _separator_of(sample: str, matches: Callable[[Sequence[str]], int]) -> str:
    """Choose what splits the header into most of the columns of interest, then into most columns."""

    def quality(separator: str) -> tuple[int, int, int]:
        header = _first_record(sample, separator)
        # Tabs hardly ever stand inside a name, semicolons seldom, commas at times.
        certainty = SEPARATORS.index(separator) if len(header) > 1 else 0
        return matches(header), len(header), certainty

    return max(SEPARATORS, key=quality)


def _first_record(sample: str, separator: str) -> list[str]:
    try:
        for cells in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if "".join(cells).strip():
                return [cell.strip() for cell in cells]
    except csv.Error:
        return []
    return []
