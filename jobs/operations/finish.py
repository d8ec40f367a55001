"""How a worker's hold of a job ends; each of these changes nothing when the lease is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from advocate.lib.errors import DomainError
from jobs.emails import owe_outcome, owe_preview
from jobs.errors import AllOrNothing, CancelledBefore, JobCancelled
from jobs.files import Results, StoredFile
from jobs.models import Job, JobEvent
from jobs.operations.events import note
from jobs.operations.lease import Lease, end_lease

Status = Job.Status
OUTCOMES = {
    "": (Status.DONE, JobEvent.Code.DONE),
    CancelledBefore.code: (Status.CANCELLED, JobEvent.Code.CANCELLED),
    AllOrNothing.code: (Status.FAILED, JobEvent.Code.FAILED),
}


class CountsDisagree(Exception):
    """An import's rows do not add up: an error in the type's own counting."""


@transaction.atomic
def finish_export(*, lease: Lease, result: StoredFile, rows: int, at: datetime) -> None:
    """
    Leave a report ready to download.

    :raises LeaseLost: if another worker has taken the job
    """
    end_lease(
        lease=lease,
        status=Status.DONE,
        result_file=result.name,
        result_bytes=result.size,
        rows_total=rows,
        rows_done=rows,
        progress_done=rows,
        progress_total=rows,
        finished_at=at,
        expires_at=at + timedelta(days=settings.FILES_KEPT_DAYS),
    )
    _tell(lease, JobEvent.Code.DONE, at)


@transaction.atomic
def end_checked(*, lease: Lease, at: datetime, **checked: Any) -> None:
    """
    Leave an import waiting for a person to confirm it; ``checked`` is what its preview shows.

    :raises JobCancelled: if someone cancelled it at the last moment
    :raises LeaseLost: if another worker has taken the job
    """
    end_lease(
        lease=lease,
        status=Status.WAITING,
        progress_done=0,
        progress_total=None,
        expires_at=at + timedelta(days=settings.FILES_KEPT_DAYS),
        **checked,
    )
    # The row is ours since the update; raising gives it back.
    if Job.objects.filter(pk=lease.job_id, cancel_requested_at__isnull=False).exists():
        raise JobCancelled
    note(job_id=lease.job_id, code=JobEvent.Code.CHECKED, at=at)
    owe_preview(job=Job.objects.select_related("requester").get(pk=lease.job_id), at=at)


@transaction.atomic
def finish_import(
    *,
    lease: Lease,
    results: Results,
    reason: type[DomainError] | None,
    at: datetime,
    after: Callable[[Job], object] | None = None,
) -> None:
    """
    Leave an import over, with its files; ``reason`` is why rows were left out that could have been applied.

    ``after`` is what the type does in the same transaction if it is done.

    :raises LeaseLost: if another worker has taken the job
    """
    job = Job.objects.get(pk=lease.job_id)
    status, code = OUTCOMES[reason.code if reason else ""]
    changes: dict[str, Any] = {} if job.rows_done else {"content_key": None}
    if status == Status.FAILED:
        changes |= {"error_code": AllOrNothing.code, "error_params": {}}
    if job.rows_done + job.rows_unchanged + job.rows_refused != job.rows_total:
        raise CountsDisagree(lease.job_id)
    end_lease(
        lease=lease,
        status=status,
        result_file=results.result.name,
        result_bytes=results.result.size,
        errors_file=results.errors.name if results.errors else "",
        errors_bytes=results.errors.size if results.errors else 0,
        finished_at=at,
        expires_at=at + timedelta(days=settings.FILES_KEPT_DAYS),
        **changes,
    )
    if status == Status.DONE and after is not None:
        after(job)
    _tell(lease, code, at)


@transaction.atomic
def fail_job(*, lease: Lease, error: DomainError, at: datetime) -> None:
    """
    End a job with an error that a person can read; what an import applied before stays applied.

    :raises LeaseLost: if another worker has taken the job
    """
    job = Job.objects.get(pk=lease.job_id)
    params = {name: value for name, value in error.params.items() if name != "code"}
    changes: dict[str, Any] = {} if job.rows_done else {"content_key": None}
    end_lease(
        lease=lease,
        status=Status.FAILED,
        error_code=error.code,
        error_params=params,
        finished_at=at,
        **changes,
    )
    _tell(lease, JobEvent.Code.FAILED, at)


@transaction.atomic
def end_cancelled(*, lease: Lease, at: datetime) -> None:
    """
    End a job that someone cancelled before it changed anything.

    :raises LeaseLost: if another worker has taken the job
    """
    end_lease(lease=lease, status=Status.CANCELLED, finished_at=at, content_key=None)
    note(job_id=lease.job_id, code=JobEvent.Code.CANCELLED, at=at)


def _tell(lease: Lease, code: JobEvent.Code, at: datetime) -> None:
    """Note how the job ended and owe the requester the mail about it."""
    note(job_id=lease.job_id, code=code, at=at)
    owe_outcome(job=Job.objects.select_related("requester").get(pk=lease.job_id), at=at)
