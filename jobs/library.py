"""django-import-export's own entry points on the set path: what they return, made of jobs and streams."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import tablib
from django.core.exceptions import ValidationError
from django.core.files.base import File
from import_export.results import Error, Result, RowResult

from advocate.lib import clock
from advocate.lib.tabular import Cell, Column
from jobs import operations
from jobs.inline import follow_job
from jobs.messages import job_sentence, row_sentence
from jobs.models import Job, StagedRow
from jobs.operations import ImportChoices
from jobs.staged_rows import rows_of
from jobs.tables import write_table
from jobs.types import ImportType, import_types
from team.audit import SYSTEM, Actor

STREAMED: Final = frozenset({"csv", "xlsx"})


class StreamedDataset(tablib.Dataset):  # type: ignore[misc]  # the library has no types
    """
    A dataset whose rows are read when they are written, so that CSV and Excel cost no memory for them.

    Everything else that a ``tablib.Dataset`` does reads the rows first.
    """

    def __init__(self, columns: Sequence[Column], rows: Callable[[], Iterable[Sequence[Cell]]]) -> None:
        super().__init__(headers=[column.name for column in columns])
        self._columns = columns
        self._stream = rows
        self._is_read = False

    def export(self, format: str, **options: Any) -> Any:  # noqa: A002  the library calls it so
        """Return the rows as text (CSV) or bytes (Excel) by our own writers, or as tablib writes other formats."""
        if format not in STREAMED or self._is_read:
            self._read()
            return super().export(format, **options)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"table.{format}"
            write_table(
                path, file_format=format, title=self.title or "Sheet", columns=self._columns, rows=self._stream()
            )
            content = path.read_bytes()
        return content.decode("utf-8-sig") if format == "csv" else content

    def __len__(self) -> int:
        self._read()
        return int(super().__len__())

    def __getitem__(self, key: Any) -> Any:
        self._read()
        return super().__getitem__(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._stream()) if not self._is_read else iter(self[:])

    @property
    def dict(self) -> Any:
        """Return the rows as dictionaries."""
        self._read()
        return super().dict

    def _read(self) -> None:
        if not self._is_read:
            self._is_read = True
            for row in self._stream():
                self.append(list(row))


def import_dataset(resource: type[Any], dataset: tablib.Dataset, *, dry_run: bool, by: Actor | None = None) -> Result:
    """
    Import a dataset through a job, as a file would be, and return the library's result.

    A dry run is the job's preview, which is then discarded.

    :raises LookupError: if no import type has this resource
    """
    kind = next((one for one in import_types() if one.resource is resource), None)
    if kind is None:
        raise LookupError(f"No import type has {resource.__name__}.")
    actor = by or SYSTEM
    job = operations.create_import(
        import_type=kind,
        upload=_as_file(dataset),
        name=f"{kind.slug}.csv",
        params={},
        by=actor,
        at=clock.now(),
        choices=ImportChoices(without_preview=not dry_run, again=not dry_run),
    )
    job = follow_job(job)
    if job.status == Job.Status.WAITING:
        operations.discard_import(job=job, by=actor, at=clock.now())
    return _result(job, kind, resource, dry_run=dry_run)


def _as_file(dataset: tablib.Dataset) -> File[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(dataset.headers or [])
    writer.writerows(dataset)
    return File(io.BytesIO(text.getvalue().encode()), name="dataset.csv")


def _result(job: Job, kind: ImportType, resource: type[Any], *, dry_run: bool) -> Result:
    """Return the counts of a job in the library's words: updated, skipped, invalid; refused rows are listed."""
    result = resource.get_result_class()()
    result.diff_headers = [*kind.required, *kind.optional]
    result.total_rows = job.rows_total
    if job.status == Job.Status.FAILED:
        result.append_base_error(Error(ValidationError(job_sentence(job))))
    result.totals[RowResult.IMPORT_TYPE_UPDATE] = job.rows_good if dry_run else job.rows_done
    result.totals[RowResult.IMPORT_TYPE_SKIP] = job.rows_unchanged
    result.totals[RowResult.IMPORT_TYPE_INVALID] = job.rows_refused
    refused = rows_of(job, kind).filter(state=StagedRow.State.REFUSED).order_by("row_no")
    for row in refused.iterator(chunk_size=2_000):
        error = ValidationError(row_sentence(kind, row), code=row.code)
        result.append_invalid_row(row.row_no, {row.column: row.found}, error)
    return result
