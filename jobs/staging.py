"""The first steps of an import: read the file into typed rows, and refuse the bad ones by set statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.db.models import Count, Max, QuerySet
from django.db.models.expressions import Combinable

from advocate.lib import db
from advocate.lib.errors import DomainError
from advocate.lib.tabular import ColumnPositions, Detected, TableRow
from jobs import files
from jobs.hold import Hold
from jobs.models import Job, StagedRow
from jobs.staged_rows import remove_staged, rows_of
from jobs.tables import open_source
from jobs.types import ImportType

STAGED_AT_ONCE: Final = 10_000
REASON_FIELDS: Final = ("job", "row_no", "state", "code", "column", "found", "params")
FOUND_LENGTH: Final = 500
State = StagedRow.State


@dataclass(frozen=True, slots=True)
class Source:
    """What a type's ``reader`` may need to know: where its columns stand, what the file is, and the job."""

    job: Job
    columns: ColumnPositions
    detected: Detected


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What a reader returns for a row that asks for nothing, with the typed values worth keeping."""

    values: Sequence[Any]


class RowRefused(Exception):
    """
    What a reader raises to refuse a row and still keep what it understood of it.

    Raising the ``DomainError`` itself refuses the row, too. Its parameters ``column`` and ``found`` are shown.
    """

    def __init__(self, error: DomainError, values: Sequence[Any] | None = None) -> None:
        self.error = error
        self.values = values
        super().__init__(error.code)


class NoReader(TypeError):
    """A type that reads no files was given one: an error of ours."""


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many staged rows there are by state, and the last one's number."""

    good: int
    unchanged: int
    refused: int
    last_row: int

    @property
    def total(self) -> int:
        """Return how many rows there are."""
        return self.good + self.unchanged + self.refused


def stage_rows(job: Job, import_type: ImportType, hold: Hold) -> None:
    """
    Fill the job's staging table, from its file or as its type does it, replacing what an interrupted attempt left.

    :raises TableError: if the file cannot be read
    """
    if import_type.stager is None:
        stage_file(job, import_type, hold)
        return
    remove_staged(job, import_type, between=hold.check)
    for staged in import_type.stager(job):
        hold.commit(progress_done=staged)
        hold.check()
        db.leave_gap()
    db.analyze(import_type.staged)


def stage_file(job: Job, import_type: ImportType, hold: Hold) -> None:
    """
    Read the job's file into its staging table, replacing what an interrupted attempt left there.

    :raises TableError: if the file cannot be read
    """
    hold.check()
    remove_staged(job, import_type, between=hold.commit)
    staged = 0
    with files.local_copy(job.source_file) as path, open_source(path, job, import_type) as table:
        job.detected = asdict(table.detected) | ({"ignored": table.ignored} if import_type.patterns else {})
        hold.commit(detected=job.detected, progress_done=0, progress_total=None)
        source = Source(job=job, columns=table.columns, detected=table.detected)
        fields = (*REASON_FIELDS, *import_type.fields)
        complete = import_type.completer(job) if import_type.completer else list
        # No gap is needed: others write while the next rows are read.
        for batch in db.batches(typed_rows(import_type, source, table.rows()), STAGED_AT_ONCE):
            hold.check()
            staged += len(batch)
            rows = complete(batch)
            with transaction.atomic():
                db.load_rows(import_type.staged, fields, rows)
                hold.commit(progress_done=staged)
    db.analyze(import_type.staged)


def typed_rows(import_type: ImportType, source: Source, rows: Iterable[TableRow]) -> Iterator[tuple[Any, ...]]:
    """Yield each row of the file as its staging table takes it, refused ones with their reason."""
    job_id = source.job.pk
    if import_type.reader is None:
        raise NoReader(import_type.slug)
    read: Callable[[TableRow], Any] = import_type.reader(source)
    blank = _blank_values(import_type)
    good, unchanged = str(State.GOOD), str(State.UNCHANGED)
    for row in rows:
        try:
            if row.error is not None:
                raise row.error
            values = read(row)
        except DomainError as error:
            yield refused_row(job_id, row.number, error, blank)
        except RowRefused as refusal:
            yield refused_row(job_id, row.number, refusal.error, refusal.values or blank)
        else:
            if values is None:
                yield (job_id, row.number, unchanged, "", "", "", None, *blank)
            elif type(values) is Unchanged:
                yield (job_id, row.number, unchanged, "", "", "", None, *values.values)
            else:
                yield (job_id, row.number, good, "", "", "", None, *values)


def refuse(
    rows: QuerySet[Any],
    *,
    reason: type[DomainError],
    column: str = "",
    found: str | Combinable = "",
    params: Mapping[str, Any] | None = None,
) -> int:
    """Refuse those of ``rows`` that are GOOD, in one statement, and return how many."""
    return rows.filter(state=State.GOOD).update(
        state=State.REFUSED, code=reason.code, column=column, found=found, params=dict(params) if params else None
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A staged row by its number, and the error that refuses it."""

    row_no: int
    error: DomainError


def refuse_each(job: Job, staged: type[StagedRow], refusals: Sequence[Refusal]) -> int:
    """Refuse GOOD rows, each for a reason of its own, and return how many."""
    if not refusals:
        return 0
    values = []
    for refusal in refusals:
        _job, number, _state, code, column, found, params = refused_row(job.pk, refusal.row_no, refusal.error, ())
        values.append([code, column, found, params and json.dumps(params), number])
    with connection.cursor() as cursor:
        if db.is_postgres():
            cursor.execute(_refuse_listed(staged), [json.dumps(values), job.pk])
        else:
            # One by one: joined with a list, SQLite reads the whole list for each of the job's rows.
            cursor.executemany(_refuse_one(staged), [[*reason, job.pk, number] for *reason, number in values])
        return int(cursor.rowcount)


def _refuse_listed(staged: type[StagedRow]) -> str:
    return f"""
        UPDATE {staged._meta.db_table} AS staged
        SET state = 'refused', code = v0, "column" = v1, found = v2, params = {db.json_of("v3")}
        FROM {db.listed("text", "text", "text", "text", "bigint")} AS refused
        WHERE staged.job_id = %s AND staged.row_no = v4 AND staged.state = 'good'
    """


def _refuse_one(staged: type[StagedRow]) -> str:
    return f"""
        UPDATE {staged._meta.db_table} SET state = 'refused', code = %s, "column" = %s, found = %s, params = %s
        WHERE job_id = %s AND row_no = %s AND state = 'good'
    """


def count_rows(job: Job, import_type: ImportType) -> RowCounts:
    """Count the job's staged rows by state."""
    rows = rows_of(job, import_type)
    by_state = dict(rows.values_list("state").annotate(count=Count("pk")).order_by())
    last = rows.aggregate(last=Max("row_no"))["last"] or 0
    return RowCounts(
        good=by_state.get(State.GOOD, 0),
        unchanged=by_state.get(State.UNCHANGED, 0),
        refused=by_state.get(State.REFUSED, 0),
        last_row=last,
    )


def _blank_values(import_type: ImportType) -> tuple[Any, ...]:
    return tuple(import_type.staged._meta.get_field(name).get_default() for name in import_type.fields)  # type: ignore[union-attr]


def refused_row(job_id: int, number: int, error: DomainError, values: Sequence[Any]) -> tuple[Any, ...]:
    """Return a refused row as its staging table takes it; ``column`` and ``found`` come from the error's parameters."""
    params = {name: value for name, value in error.params.items() if name not in {"code", "column", "found"}}
    found = str(error.params.get("found", error.params.get("value", "")))[:FOUND_LENGTH]
    kept = json.loads(json.dumps(params, cls=DjangoJSONEncoder, default=str)) if params else None
    column = str(error.params.get("column", ""))[:255]
    return (job_id, number, str(State.REFUSED), error.code, column, found, kept, *values)
