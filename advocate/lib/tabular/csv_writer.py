from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import BinaryIO

from advocate.lib.tabular.guard import TRIGGERS, escape_formula

ROWS_AT_ONCE = 1_000
_SUSPECT = TRIGGERS | {"'"}


def write_csv(
    out: BinaryIO,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    separator: str = ",",
    with_mark: bool = True,
) -> int:
    """
    Write a table as CSV that spreadsheet programs open right, in flat memory, and return the number of rows.

    UTF-8 with byte order mark, CRLF, text guarded against formulas; None is an empty cell. Numbers are not guarded:
    a negative amount stays a number. Programs may want the file without its mark. It stays open.
    """
    _begin(out, with_mark=with_mark)
    out.write(csv_line(header, separator=separator))
    count = 0
    pending = iter(rows)
    while batch := list(islice(pending, ROWS_AT_ONCE)):
        out.write(_encoded((_guarded(row) for row in batch), separator))
        count += len(batch)
    return count


def write_csv_lines(out: BinaryIO, header: Sequence[str], lines: Iterable[bytes], *, with_mark: bool = True) -> None:
    r"""
    Write a header and then lines that somebody else encoded, such as blocks from PostgreSQL's ``COPY … TO STDOUT``.

    Whoever encodes them guards their text the way :func:`~advocate.lib.tabular.escape_formula` does: in SQL by
    ``CASE WHEN text ~ E'^''*[=+@|\t\r\n＝＋－＠-]' THEN '''' || text ELSE text END``. COPY ends its lines
    with LF, which spreadsheet programs take as well.
    """
    _begin(out, with_mark=with_mark)
    out.write(csv_line(header))
    for block in lines:
        out.write(block)


def csv_line(cells: Sequence[object], *, separator: str = ",") -> bytes:
    """Encode one row the way :func:`write_csv` does, without its byte order mark."""
    return _encoded([_guarded(cells)], separator)


def _begin(out: BinaryIO, *, with_mark: bool) -> None:
    if with_mark:
        out.write(codecs.BOM_UTF8)


def _encoded(rows: Iterable[Sequence[object]], separator: str) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _guarded(row: Sequence[object]) -> Sequence[object]:
    for cell in row:
        if isinstance(cell, str) and cell[:1] in _SUSPECT:
            return list(_escaped(row))
    return row


def _escaped(row: Sequence[object]) -> Iterator[object]:
    return (escape_formula(cell) if isinstance(cell, str) else cell for cell in row)
