"""What the scheduler does: wake jobs that nobody works on, and remove files whose time is over."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from jobs import files
from jobs.models import Job, JobEvent
from jobs.operations.events import note
from jobs.operations.lease import lease_time
from jobs.staged_rows import remove_staged
from jobs.types import UnknownType, import_type
from jobs.wake import wake_worker

logger = logging.getLogger(__name__)

WOKEN_AT_ONCE: Final = 100
Status = Job.Status


def wake_forgotten_jobs(*, at: datetime) -> int:
    """
    Wake a worker for each job whose message was lost or whose worker went silent, and return how many.

    A job that has just been woken is left alone for a lease's time, lest messages pile up before busy workers.
    """
    overdue = at - lease_time()
    queued = Q(status=Status.QUEUED) & (Q(woken_at=None) | Q(woken_at__lt=overdue))
    silent = Q(status=Status.RUNNING, lease_until__lt=at) & (Q(woken_at=None) | Q(woken_at__lt=overdue))
    forgotten = list(Job.objects.filter(queued | silent).order_by("id").values_list("pk", flat=True)[:WOKEN_AT_ONCE])
    Job.objects.filter(queued | silent, pk__in=forgotten).update(woken_at=at)
    for job_id in forgotten:
        logger.info("job.woken id=%s", job_id)
        wake_worker(job_id)
    return len(forgotten)


def remove_expired_files(*, at: datetime) -> int:
    """
    Remove the files and the staged rows of jobs whose time is over, and return how many jobs.

    A report becomes EXPIRED, and so does an import that nobody confirmed; an applied import stays what it is.
    """
    over = Job.objects.filter(expires_at__lte=at, files_removed_at=None).exclude(status=Status.RUNNING)
    removed = 0
    for job in over.order_by("expires_at").iterator():
        removed += _expire(job, at)
    files.remove_abandoned_work()
    return removed


def _expire(job: Job, at: datetime) -> int:
    """End the job first, so that nobody confirms it any more; being killed midway, this is done again tomorrow."""
    ends = job.kind == Job.Kind.EXPORT or job.status in {Status.WAITING, Status.QUEUED}
    same = Job.objects.filter(pk=job.pk, status=job.status, expires_at__lte=at)
    ended = same.update(status=Status.EXPIRED if ends else job.status, finished_at=job.finished_at or at)
    if not ended:
        return 0
    files.remove_all(job.public_id)
    with suppress(UnknownType):
        if job.kind == Job.Kind.IMPORT:
            remove_staged(job, import_type(job.type))
    with transaction.atomic():
        Job.objects.filter(pk=job.pk).update(files_removed_at=at, result_file="", errors_file="", source_file="")
        note(job_id=job.pk, code=JobEvent.Code.EXPIRED, at=at)
    return 1
