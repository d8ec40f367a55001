"""The files that an import leaves: what became of every row, and the refused rows, ready to be corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from django.utils import translation

from advocate.lib.tabular import Cell, Column, TableRow, unescape_formula
from jobs import files
from jobs.exporting import watched
from jobs.files import Results, StoredFile
from jobs.hold import Hold
from jobs.messages import row_sentence
from jobs.models import Job, StagedRow
from jobs.staged_rows import rows_of
from jobs.tables import SourceTable, open_source, write_table
from jobs.types import ImportType

ROW_NUMBER: Final = "rowNumber"
OUTCOME: Final = "outcome"
COLUMN: Final = "column"
MESSAGE: Final = "message"
ADDED: Final = (ROW_NUMBER, OUTCOME, COLUMN, MESSAGE)
STAGED_AT_ONCE: Final = 2_000
DONE: Final = "done"


def write_results(job: Job, kind: ImportType, hold: Hold) -> Results:
    """Write and keep the results file and, if rows are refused, the errors file, in the requester's language."""
    language = job.requester.language if job.requester else ""
    with files.work_folder() as folder, translation.override(language or None):
        result = _keep(_write_result(job, kind, folder, hold), job, "results")
        has_errors = job.rows_refused and job.source_file  # without a file there is nothing to be corrected
        errors = _keep(_write_errors(job, kind, folder, hold), job, "errors") if has_errors else None
    return Results(result, errors)


def _keep(path: Path, job: Job, label: str) -> StoredFile:
    return files.store_result(path, public_id=job.public_id, label=label)


def _write_result(job: Job, kind: ImportType, folder: Path, hold: Hold) -> Path:
    if kind.result_rows is not None:
        columns = [Column(name=name) for name in kind.result_columns]
        return _write(job, folder / "results", columns, watched(kind.result_rows(job), hold))
    staged = rows_of(job, kind)
    with files.local_copy(job.source_file) as path, open_source(path, job, kind) as table:
        kept = _kept(table)
        rows = (
            [*_cells(row, kept, job), row.number, _outcome(one), one.column, row_sentence(kind, one)]
            for row, one in _joined(table.rows(), staged)
        )
        return _write(job, folder / "results", _columns(table, kept, ADDED), watched(rows, hold))


def _write_errors(job: Job, kind: ImportType, folder: Path, hold: Hold) -> Path:
    """Write the refused rows as they came; importing that file again ignores the columns added."""
    refused = rows_of(job, kind).filter(state=StagedRow.State.REFUSED)
    with files.local_copy(job.source_file) as path, open_source(path, job, kind) as table:
        kept = _kept(table)
        rows = (
            [*_cells(row, kept, job), row.number, one.column, row_sentence(kind, one)]
            for row, one in _joined(table.rows(), refused)
        )
        added = (ROW_NUMBER, COLUMN, MESSAGE)
        return _write(job, folder / "errors", _columns(table, kept, added), watched(rows, hold))


def _write(job: Job, stem: Path, columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> Path:
    is_text = job.detected.get("separator") or job.format == Job.Format.CSV
    file_format = Job.Format.CSV if is_text else Job.Format.XLSX
    path = stem.with_suffix(f".{file_format}")
    # The source's own separator, as it says whether a comma may stand for a decimal point.
    separator = job.detected.get("separator") or ","
    write_table(path, file_format=file_format, title=stem.name, columns=columns, rows=rows, separator=separator)
    return path


def _joined(rows: Iterable[TableRow], staged: Any) -> Iterator[tuple[TableRow, StagedRow]]:
    """Yield the file's rows together with what is staged for them; both come in the order of the file."""
    wanted = staged.order_by("row_no").iterator(chunk_size=STAGED_AT_ONCE)
    one = next(wanted, None)
    for row in rows:
        if one is None:
            return
        if row.number == one.row_no:
            yield row, one
            one = next(wanted, None)


def _kept(table: SourceTable) -> list[int]:
    """Return the positions of the source's own columns: an errors file that comes back has ours already."""
    return [position for position, name in enumerate(table.header) if name not in ADDED]


def _columns(table: SourceTable, kept: Sequence[int], added: Sequence[str]) -> list[Column]:
    names = [*(table.header[position] for position in kept), *added]
    return [Column(name=name, kind="integer" if name == ROW_NUMBER else "text") for name in names]


def _cells(row: TableRow, kept: Sequence[int], job: Job) -> list[Cell]:
    if not job.detected.get("separator"):
        return [row.cells[position] for position in kept]
    # The writer guards text against formulas; what the source's writer guarded must not be guarded twice.
    return [unescape_formula(row.cells[position]) for position in kept]


def _outcome(row: StagedRow) -> str:
    return DONE if row.state == StagedRow.State.GOOD else row.state
