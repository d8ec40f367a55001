"""What people decide about a job: confirm, discard, cancel, start again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from jobs.errors import JobNotOpen, KeptStopping, OurFault, RowsRefused, SameContent
from jobs.models import Job, JobEvent
from jobs.operations.events import note
from jobs.queries import content_key
from jobs.wake import wake_after_commit
from team import audit
from team.audit import Actor

Status = Job.Status
RETRYABLE = (OurFault.code, KeptStopping.code)


def confirm_import(*, job: Job, by: Actor, at: datetime, all_or_nothing: bool = False, again: bool = False) -> None:
    """
    Have a checked import applied.

    :raises JobNotOpen: if it is not waiting for that
    :raises RowsRefused: if all or nothing is wanted and rows are refused
    :raises SameContent: if a file of the same content was imported before and ``again`` is not given
    """
    if all_or_nothing and job.rows_refused:
        raise RowsRefused(count=job.rows_refused)
    with transaction.atomic():
        take_content(job=job, again=again)
        _move(
            job,
            Q(status=Status.WAITING, expires_at__gt=at),
            code=JobEvent.Code.CONFIRMED,
            by=by,
            at=at,
            status=Status.QUEUED,
            phase=Job.Phase.APPLYING,
            confirmed_at=at,
            confirmed_by=by.label,
            all_or_nothing=all_or_nothing,
            again=again,
            attempts=0,
            progress_done=0,
            progress_total=None,
        )
        wake_after_commit(job.pk)


def take_content(*, job: Job, again: bool) -> None:
    """
    Mark the file's content as imported, in the caller's transaction; the database lets one import have it.

    An undo has no content of its own: what was reversed before is refused row by row. Who imports it ``again`` takes
    the mark, too, where nobody has it: the next one must be told all the same.

    :raises SameContent: if another import has it and ``again`` is not given
    """
    if not job.source_sha256:
        return
    key = content_key(job)
    try:
        with transaction.atomic():
            Job.objects.filter(pk=job.pk).update(content_key=key)
    except IntegrityError:
        if again:
            return
        earlier = Job.objects.filter(content_key=key).values_list("name", flat=True).first()
        raise SameContent(name=earlier or job.name) from None


def give_up_content(*, job: Job) -> None:
    """
    Let the content of an undone import in again, as if it had never been imported, in the caller's transaction.

    If it was imported once more while this import had the mark, that import gets it.
    """
    if not Job.objects.filter(pk=job.pk, content_key__isnull=False).update(content_key=None):
        return
    repeated = Job.objects.filter(
        type=job.type, source_sha256=job.source_sha256, again=True, content_key=None, confirmed_at__isnull=False
    )
    kept = repeated.exclude(undone_by__status=Status.DONE, undone_by__rows_refused=0).exclude(pk=job.pk)
    heir = kept.filter(Q(rows_done__gt=0) | Q(finished_at=None)).order_by("-id").values_list("pk", flat=True).first()
    if heir is not None:
        Job.objects.filter(pk=heir).update(content_key=content_key(job))


def discard_import(*, job: Job, by: Actor, at: datetime) -> None:
    """
    Drop a checked import; nothing of it is applied.

    :raises JobNotOpen: if it is not waiting for confirmation
    """
    with transaction.atomic():
        waiting = Q(status=Status.WAITING)
        _move(job, waiting, code=JobEvent.Code.DISCARDED, by=by, at=at, status=Status.DISCARDED, finished_at=at)


def cancel_job(*, job: Job, by: Actor, at: datetime) -> None:
    """
    Cancel a job: at once if no worker has begun it, else the worker stops at its next chunk.

    What an import has applied by then stays applied and is reported, unless it was all or nothing.

    :raises JobNotOpen: if it is over, or waits for a confirmation
    """
    untouched = Q(status=Status.QUEUED) & (Q(phase=Job.Phase.READING) | Q(kind=Job.Kind.EXPORT))
    under_way = Q(status__in=[Status.QUEUED, Status.RUNNING])
    with transaction.atomic():
        try:
            _move(job, untouched, code=JobEvent.Code.CANCELLED, by=by, at=at, status=Status.CANCELLED, finished_at=at)
        except JobNotOpen:
            _move(job, under_way, code=JobEvent.Code.CANCELLING, by=by, at=at, cancel_requested_at=at)
            wake_after_commit(job.pk)


def retry_job(*, job: Job, by: Actor, at: datetime) -> None:
    """
    Start a failed job again: an import goes on where it stopped, so that no row is applied twice.

    :raises JobNotOpen: if it has not failed by our fault, or its files are gone
    :raises SameContent: if the same content was imported in the meantime
    """
    again_sensible = Q(status=Status.FAILED, error_code__in=RETRYABLE, expires_at__gt=at, files_removed_at=None)
    with transaction.atomic():
        if job.confirmed_at:
            take_content(job=job, again=job.again)
        _move(
            job,
            again_sensible,
            code=JobEvent.Code.RETRIED,
            by=by,
            at=at,
            status=Status.QUEUED,
            attempts=0,
            error_code="",
            error_params={},
            finished_at=None,
            cancel_requested_at=None,
        )
        wake_after_commit(job.pk)


def _move(job: Job, expected: Q, *, code: JobEvent.Code, by: Actor, at: datetime, **changes: Any) -> None:
    if not Job.objects.filter(expected, pk=job.pk).update(**changes):
        raise JobNotOpen(name=job.name)
    note(job_id=job.pk, code=code, at=at, actor=by.label)
    audit.record(by=by, action=f"{job.kind}.{code}", target=job, at=at)
