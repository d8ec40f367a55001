from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from jobs.errors import LeaseLost
from jobs.models import Job, JobEvent
from jobs.operations.events import note
from jobs.wake import wake_after_commit


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one worker to change a job, until another has taken it."""

    job_id: int
    token: str

    @property
    def held(self) -> Q:
        """Return the condition that the job is still this worker's."""
        return Q(pk=self.job_id, status=Job.Status.RUNNING, lease_token=self.token)


def lease_time() -> timedelta:
    """Return how long a worker keeps a job without a sign of life."""
    return timedelta(seconds=settings.JOB_LEASE_SECONDS)


@transaction.atomic
def claim_job(*, job_id: int, at: datetime) -> Lease | None:
    """
    Take a job that is queued, or whose worker has gone silent, and return the lease; ``None`` if it is not to be had.

    However many ask at once, one gets it.
    """
    token = secrets.token_hex(16)
    silent = Q(status=Job.Status.RUNNING, lease_until__lt=at)
    free = Job.objects.filter(Q(status=Job.Status.QUEUED) | silent, pk=job_id)
    claimed = free.update(
        status=Job.Status.RUNNING,
        lease_token=token,
        lease_until=at + lease_time(),
        heartbeat_at=at,
        attempts=F("attempts") + 1,
        started_at=Coalesce(F("started_at"), at),
        woken_at=None,
    )
    if not claimed:
        return None
    attempts = Job.objects.values_list("attempts", flat=True).get(pk=job_id)
    note(job_id=job_id, code=JobEvent.Code.STARTED if attempts == 1 else JobEvent.Code.RESUMED, at=at)
    return Lease(job_id=job_id, token=token)


def renew_lease(*, lease: Lease, at: datetime, **progress: Any) -> None:
    """
    Keep the job and record how far it is; within a chunk's transaction this is what makes the chunk count.

    :raises LeaseLost: if another worker has taken the job, which must undo the chunk
    """
    kept = Job.objects.filter(lease.held).update(heartbeat_at=at, lease_until=at + lease_time(), **progress)
    if not kept:
        raise LeaseLost(lease.job_id)


@transaction.atomic
def release_job(*, lease: Lease, at: datetime, code: JobEvent.Code = JobEvent.Code.RELEASED) -> None:
    """
    Give the job back to the queue as far as it is, so that another worker goes on.

    After an error it is woken by the sweep, a lease's time later; otherwise at once.

    :raises LeaseLost: if another worker has taken the job
    """
    retrying = code == JobEvent.Code.RETRYING
    changes: dict[str, Any] = {"woken_at": at} if retrying else {"woken_at": None, "attempts": F("attempts") - 1}
    end_lease(lease=lease, status=Job.Status.QUEUED, **changes)
    note(job_id=lease.job_id, code=code, at=at)
    if not retrying:
        wake_after_commit(lease.job_id)


def end_lease(*, lease: Lease, status: Job.Status, **changes: Any) -> None:
    """
    Give up the job in the caller's transaction and leave it in ``status``.

    :raises LeaseLost: if another worker has taken the job
    """
    ended = Job.objects.filter(lease.held).update(status=status, lease_token="", lease_until=None, **changes)
    if not ended:
        raise LeaseLost(lease.job_id)
