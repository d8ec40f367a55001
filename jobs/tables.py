"""Tables of jobs: the uploaded file as its type reads it, and the files that come out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from advocate.lib.tabular import (
    Cell,
    Column,
    ColumnPositions,
    ColumnTable,
    Detected,
    Table,
    TableLimits,
    TableRow,
    match_columns,
    open_column,
    open_table,
    write_csv,
    write_xlsx,
)
from jobs.models import Job
from jobs.types import ImportType

# What a person may say of the first row of a table whose header is optional.
HEADER_CHOICES: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class SourceTable:
    """An uploaded table whose header has what the import needs. Its rows can be read once."""

    table: Table | ColumnTable
    columns: ColumnPositions

    @property
    def header(self) -> list[str]:
        """Return the names of all its columns."""
        return self.table.header

    @property
    def detected(self) -> Detected:
        """Return what was found out about the file."""
        return self.table.detected

    @property
    def ignored(self) -> list[str]:
        """Return the names of the columns that the import does not know."""
        return [name for name in self.header if name and name not in self.columns]

    def rows(self) -> Iterator[TableRow]:
        """Yield the rows under the header."""
        return self.table.rows()


@contextmanager
def open_source(path: Path, job: Job, import_type: ImportType) -> Iterator[SourceTable]:
    """
    Open the file of an import the way its uploader chose, or as it is found to be.

    :raises TableError: if it cannot be read, or lacks a column
    """
    chosen = {name: job.reading.get(name) or None for name in ("encoding", "separator", "sheet")}
    if import_type.column is not None:
        has_header = job.reading.get("header")
        with (
            path.open("rb") as file,
            open_column(
                file,
                column=import_type.column,
                limits=_limits(import_type),
                has_header=HEADER_CHOICES.get(has_header or ""),
                **chosen,
            ) as cells,
        ):
            yield SourceTable(cells, ColumnPositions({import_type.column.name: 0}))
        return
    required = tuple(import_type.required)
    with (
        path.open("rb") as file,
        open_table(file, limits=_limits(import_type), required=required, **chosen) as table,
    ):
        columns = match_columns(table.header, required=required, optional=_optional(table.header, import_type))
        yield SourceTable(table, columns)


def write_table(
    path: Path,
    *,
    file_format: str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    separator: str = ",",
    with_mark: bool = True,
) -> int:
    """Write a table as CSV or Excel, in constant memory, and return the number of rows."""
    with path.open("wb") as out:
        if file_format == Job.Format.XLSX:
            return write_xlsx(out, sheet_name=title, columns=columns, rows=rows)
        header = [column.name for column in columns]
        return write_csv(out, header, rows, separator=separator, with_mark=with_mark)


def _optional(header: Sequence[str], import_type: ImportType) -> list[str]:
    """Return the optional columns, those included that a file names as it likes."""
    named = (name for name in header if any(re.fullmatch(pattern, name) for pattern in import_type.patterns))
    return list(dict.fromkeys([*import_type.optional, *named]))


def _limits(import_type: ImportType) -> TableLimits:
    return TableLimits(
        file_bytes=import_type.max_bytes or settings.IMPORT_MAX_BYTES,
        rows=import_type.max_rows or settings.IMPORT_MAX_ROWS,
    )
