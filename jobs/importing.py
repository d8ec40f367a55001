"""An import from its file to its result: stage, check, preview, apply in chunks, finish."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import F

from advocate.lib import clock, db
from advocate.lib.errors import DomainError
from jobs.errors import AllOrNothing, CancelledBefore, JobCancelled, NoRows, SameContent
from jobs.hold import Hold
from jobs.models import Job, StagedRow
from jobs.operations.decide import take_content
from jobs.operations.finish import end_cancelled, end_checked, finish_import
from jobs.queries import same_content
from jobs.results import write_results
from jobs.staged_rows import rows_of
from jobs.staging import RowCounts, count_rows, refuse, stage_rows
from jobs.types import Applied, ImportType, Notice, import_type

logger = logging.getLogger(__name__)

Phase = Job.Phase


class _Undone(Exception):
    """A row could not be applied, so all of them are not."""

    def __init__(self, refused: list[StagedRow]) -> None:
        self.refused = refused
        super().__init__()


@dataclass(frozen=True, slots=True)
class Stretch:
    """A chunk's first and last row, and the last row of all."""

    low: int
    high: int
    last: int


def run_import(job: Job, hold: Hold) -> None:
    """
    Take an import as far as it goes: to its preview, or, once confirmed, to its end.

    It goes on where another worker stopped. Reading and checking start afresh, as they write staged rows only.

    :raises DomainError: if the file is refused
    """
    kind = import_type(job.type)
    db.analyze_if_stale(*kind.looks_in)
    try:
        if job.phase in {Phase.READING, Phase.CHECKING} and not _prepare(job, kind, hold):
            return
        if job.phase == Phase.APPLYING:
            _apply(job, kind, hold)
    except JobCancelled:
        hold.ignore_cancelling()
        if job.phase != Phase.APPLYING:
            end_cancelled(lease=hold.lease, at=clock.now())
            return
        _refuse_rest(job, kind, hold, CancelledBefore)
    hold.ignore_cancelling()
    _finish(job, kind, hold)


def _prepare(job: Job, kind: ImportType, hold: Hold) -> bool:
    """Read and check the file; return whether the import goes on without a person's confirmation."""
    if job.phase == Phase.READING:
        stage_rows(job, kind, hold)
        _enter(job, hold, Phase.CHECKING)
    _check(job, kind, hold)
    counts = count_rows(job, kind)
    if not counts.total and not kind.may_be_empty:
        raise NoRows
    preview = kind.preview(job)
    warnings = [*preview.warnings, *_content_warnings(job)]
    checked: dict[str, Any] = {
        "rows_total": counts.total,
        "rows_unchanged": counts.unchanged,
        "rows_refused": counts.refused,
        "totals": dict(preview.totals),
        "warnings": [{"code": one.code, "params": dict(one.params)} for one in warnings],
    }
    if not job.without_preview or not _confirmed_by_itself(job, hold, checked):
        end_checked(lease=hold.lease, at=clock.now(), **checked)
        return False
    job.refresh_from_db()
    return True


def _check(job: Job, kind: ImportType, hold: Hold) -> None:
    for number, check in enumerate(kind.checks, start=1):
        hold.check()
        with transaction.atomic():
            check(job)
            hold.commit(progress_done=number, progress_total=len(kind.checks))
        db.leave_gap()
    for long_check in kind.long_checks:
        for _step in long_check(job):
            hold.check()
            db.leave_gap()


def _content_warnings(job: Job) -> list[Notice]:
    name = same_content(job).values_list("name", flat=True).first()
    return [] if name is None else [Notice(SameContent.code, {"name": name})]


def _confirmed_by_itself(job: Job, hold: Hold, checked: dict[str, Any]) -> bool:
    """Go on without a preview, as was asked for, unless the same content was imported before."""
    try:
        with transaction.atomic():
            take_content(job=job, again=job.again)
            hold.commit(
                forward=True,
                **checked,
                phase=Phase.APPLYING,
                confirmed_at=clock.now(),
                confirmed_by=job.requested_by,
                progress_done=0,
                progress_total=None,
            )
    except SameContent:
        return False
    return True


def _apply(job: Job, kind: ImportType, hold: Hold) -> None:
    db.analyze_if_stale(kind.staged, *kind.looks_in)
    counts = count_rows(job, kind)
    if not job.all_or_nothing:
        _apply_in_chunks(job, kind, hold, counts)
    elif counts.refused:
        _refuse_rest(job, kind, hold, AllOrNothing)
    elif job.next_row <= counts.last_row:
        _apply_as_one(job, kind, hold, counts)


def _apply_in_chunks(job: Job, kind: ImportType, hold: Hold, counts: RowCounts) -> None:
    totals = Counter(job.totals if job.next_row else {})
    for low, high in _chunks(job.next_row, counts.last_row, _chunk_rows(kind)):
        hold.check()
        totals = db.retry_deadlocks(partial(_apply_chunk, job, kind, hold, Stretch(low, high, counts.last_row), totals))
        job.next_row = high + 1
        # What can be prepared is prepared without a lock, and lets others write meanwhile.
        if kind.prepare_chunk is None:
            db.leave_gap()


def _apply_chunk(job: Job, kind: ImportType, hold: Hold, rows: Stretch, before: Counter[str]) -> Counter[str]:
    """Apply a stretch of rows in a transaction and return the totals with it."""
    apply = _prepared(job, kind, rows.low, rows.high)
    with transaction.atomic():
        applied = apply(clock.now())
        totals = before + Counter(applied.totals)
        _commit_applied(hold, rows.high, rows.last, applied, totals)
    return totals


def _prepared(job: Job, kind: ImportType, low: int, high: int) -> Callable[[datetime], Applied]:
    if kind.prepare_chunk is None:
        return partial(kind.apply_chunk, job, low, high)
    return kind.prepare_chunk(job, low, high, clock.now())


def _apply_as_one(job: Job, kind: ImportType, hold: Hold, counts: RowCounts) -> None:
    try:
        db.retry_deadlocks(partial(_apply_all, job, kind, hold, counts.last_row))
    except _Undone as undone:
        with transaction.atomic():
            _keep_refusals(job, kind, undone.refused)
            _refuse_rest(job, kind, hold, AllOrNothing)


def _apply_all(job: Job, kind: ImportType, hold: Hold, last: int) -> None:
    """Apply all rows in one transaction, which on SQLite, where others wait for it, is short if all can be prepared."""
    is_prepared = kind.prepare_chunk is not None and not db.is_postgres()
    chunks = _chunks(0, last, last + 1 if is_prepared else _chunk_rows(kind))
    totals: Counter[str] = Counter()
    done = 0
    apply = _prepared(job, kind, *chunks[0])
    with transaction.atomic():
        for low, high in chunks:
            hold.step(low)
            apply = apply if low == 0 else _prepared(job, kind, low, high)
            applied = apply(clock.now())
            if applied.refused:
                raise _Undone(_refused_between(job, kind, low, high))
            totals.update(applied.totals)
            done += applied.done
        hold.step(last)
        _commit_applied(hold, last, last, Applied(done), totals)


def _commit_applied(hold: Hold, high: int, last: int, applied: Applied, totals: Counter[str]) -> None:
    hold.commit(
        forward=True,
        next_row=high + 1,
        rows_done=F("rows_done") + applied.done,
        rows_refused=F("rows_refused") + applied.refused,
        totals=dict(totals),
        progress_done=min(high, last),
        progress_total=last,
    )


def _chunks(first: int, last: int, size: int) -> list[tuple[int, int]]:
    return [(low, min(low + size - 1, last)) for low in range(first, last + 1, size)]


def _chunk_rows(kind: ImportType) -> int:
    return kind.chunk_rows if db.is_postgres() else kind.sqlite_chunk_rows or kind.chunk_rows


def _refused_between(job: Job, kind: ImportType, low: int, high: int) -> list[StagedRow]:
    return list(rows_of(job, kind).filter(row_no__range=(low, high), state=StagedRow.State.REFUSED))


def _keep_refusals(job: Job, kind: ImportType, refused: list[StagedRow]) -> None:
    """Write again why rows were refused, as undoing the rest undid that, too."""
    kind.staged.objects.bulk_update(refused, ["state", "code", "column", "found", "params"], batch_size=500)


def _refuse_rest(job: Job, kind: ImportType, hold: Hold, reason: type[DomainError]) -> None:
    """Refuse every row that has not been applied, so that each row has its outcome."""
    with transaction.atomic():
        refuse(rows_of(job, kind).filter(row_no__gte=job.next_row), reason=reason)
        refused = rows_of(job, kind).filter(state=StagedRow.State.REFUSED).count()
        totals: dict[str, Any] = {} if job.next_row else {"totals": {}}
        hold.commit(rows_refused=refused, **totals)


def _finish(job: Job, kind: ImportType, hold: Hold) -> None:
    _enter(job, hold, Phase.WRITING)
    job.refresh_from_db()
    db.analyze_if_stale(*kind.looks_in)
    results = write_results(job, kind, hold)
    finish_import(lease=hold.lease, results=results, reason=_reason(job, kind), at=clock.now(), after=kind.after)


def _reason(job: Job, kind: ImportType) -> type[DomainError] | None:
    """Return why rows were left out that could have been applied, if any were."""
    refused = rows_of(job, kind).filter(state=StagedRow.State.REFUSED)
    for reason in (CancelledBefore, AllOrNothing):
        if refused.filter(code=reason.code).exists():
            return reason
    return AllOrNothing if job.all_or_nothing and job.rows_refused else None


def _enter(job: Job, hold: Hold, phase: Job.Phase) -> None:
    hold.commit(forward=job.phase != phase, phase=phase, progress_done=0, progress_total=None)
    job.phase = phase
