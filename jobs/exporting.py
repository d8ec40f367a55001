"""A report from its query to its file: one snapshot of the database, streamed."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from django.utils import translation

from advocate.lib import clock, db
from advocate.lib.tabular import Cell, write_csv_lines
from jobs import files
from jobs.errors import LeaseLost
from jobs.hold import Hold
from jobs.models import Job
from jobs.operations.finish import finish_export
from jobs.tables import write_table
from jobs.types import ExportType, export_type
from team.queries import language_of

STEP: Final = 1_000
PLAIN: Final = "plain"  # the option of reports for programs: a byte order mark would be a part of their first column


def run_export(job: Job, hold: Hold) -> None:
    """Write a report's file, keep it and leave the job done; an interrupted one starts afresh."""
    kind = export_type(job.type)
    hold.check()
    with files.work_folder() as folder:
        path = folder / f"report.{job.format}"
        if kind.estimate is not None:
            hold.commit(progress_total=kind.estimate(job.params))
        rows = _write(job, kind, path, hold)
        hold.check()
        result = files.store_result(path, public_id=job.public_id, label="report")
    try:
        finish_export(lease=hold.lease, result=result, rows=rows, at=clock.now())
    except LeaseLost:
        files.remove_stored(result.name)
        raise


def _write(job: Job, kind: ExportType, path: Path, hold: Hold) -> int:
    with db.snapshot():
        at = clock.now()
        params = kind.complete(job.params)
        with_mark = not job.params.get(PLAIN)
        resource = kind.resource(params=params)
        if job.format == Job.Format.CSV and kind.csv is not None and db.is_postgres():
            return _copy(kind.csv(params, at), resource.get_export_headers(), path, hold, with_mark=with_mark)
        source = kind.rows(params, at)
        try:
            return write_table(
                path,
                file_format=job.format,
                title=_title(job, kind),
                columns=resource.columns(),
                rows=watched(map(resource.cells, source), hold),
                with_mark=with_mark,
            )
        finally:
            # What stops the writing must not leave the query half read.
            if isinstance(source, Generator):
                source.close()


def _title(job: Job, kind: ExportType) -> str:
    """Return what the report is called, in the language of who asked for it."""
    with translation.override(language_of(job.requester) if job.requester else None):
        return str(kind.label)


def watched(rows: Iterable[Sequence[Cell]], hold: Hold) -> Iterator[Sequence[Cell]]:
    """Yield rows and show how many there were; stop when the job is to stop."""
    for number, row in enumerate(rows):
        if not number % STEP:
            hold.step(number)
        yield row


def _copy(select: db.Select, header: Sequence[str], path: Path, hold: Hold, *, with_mark: bool) -> int:
    """Have PostgreSQL write the rows itself; it hands them over one by one."""
    rows = 0
    with path.open("wb") as out:
        write_csv_lines(out, header, [], with_mark=with_mark)

        def write(row: bytes) -> None:
            nonlocal rows
            if not rows % STEP:
                hold.step(rows)
            rows += 1
            out.write(row)

        db.copy_as_csv(select, write)
    return rows
