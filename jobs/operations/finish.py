"""How a worker's hold of a job ends; each of these changes nothing when the lease is lost."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from advocate.lib.errors import DomainError
from jobs.files import StoredFile
from jobs.models import Job, JobEvent
from jobs.operations.events import note
from jobs.operations.lease import Lease, end_lease

Status = Job.Status


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
    note(job_id=lease.job_id, code=JobEvent.Code.DONE, at=at)


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
    note(job_id=lease.job_id, code=JobEvent.Code.FAILED, at=at)


@transaction.atomic
def end_cancelled(*, lease: Lease, at: datetime, **changes: Any) -> None:
    """
    End a job that someone cancelled.

    :raises LeaseLost: if another worker has taken the job
    """
    end_lease(lease=lease, status=Status.CANCELLED, finished_at=at, **changes)
    note(job_id=lease.job_id, code=JobEvent.Code.CANCELLED, at=at)
