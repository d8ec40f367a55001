"""Run one job in this process, whoever woke it: claim it, do its work, let go of it."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from django.conf import settings

from advocate.lib import clock, db
from advocate.lib.errors import DomainError
from jobs.errors import JobCancelled, JobStopped, KeptStopping, LeaseLost, OurFault
from jobs.exporting import run_export
from jobs.hold import Hold, is_stopping
from jobs.importing import run_import
from jobs.models import Job, JobEvent
from jobs.operations import claim_job, end_cancelled, fail_job, release_job
from jobs.operations.lease import Lease

logger = logging.getLogger(__name__)

ERRORS_ALLOWED: Final = 3


def run_job(job_id: int) -> bool:
    """
    Run a job as far as it goes and return whether it was this worker's to run.

    To call it again, at once or at the same time, is harmless: one worker has the lease. A worker that is being
    stopped leaves it to the others.
    """
    if is_stopping():
        return False
    lease = claim_job(job_id=job_id, at=clock.now())
    if lease is None:
        logger.info("job.not_free id=%s", job_id)
        return False
    job = Job.objects.get(pk=job_id)
    logger.info("job.started id=%s type=%s phase=%s attempt=%s", job_id, job.type, job.phase, job.attempts)
    with suppress(LeaseLost):
        _run_held(job, lease)
    return True


@contextmanager
def _without_what_is_loaded() -> Iterator[None]:
    """
    Spare the garbage collector what was loaded before the job.

    It went through all of that again with each some ten thousand rows: a fifth of what staging a file took.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _run_held(job: Job, lease: Lease) -> None:
    try:
        if job.attempts > settings.JOB_MAX_ATTEMPTS:
            raise KeptStopping(attempts=job.attempts - 1, public_id=job.public_id)
        with Hold(lease) as hold, _without_what_is_loaded():
            _work(job, hold)
        logger.info("job.let_go id=%s", job.pk)
    except LeaseLost:
        logger.warning("job.lease_lost id=%s", job.pk)
        raise
    except JobStopped:
        logger.info("job.released id=%s", job.pk)
        release_job(lease=lease, at=clock.now())
    except JobCancelled:
        logger.info("job.cancelled id=%s", job.pk)
        end_cancelled(lease=lease, at=clock.now())
    except DomainError as error:
        logger.info("job.refused id=%s code=%s", job.pk, error.code)
        fail_job(lease=lease, error=error, at=clock.now())
    except Exception:
        logger.exception("job.error id=%s attempt=%s", job.pk, job.attempts)
        _after_error(job, lease)


def _work(job: Job, hold: Hold) -> None:
    try:
        if job.kind == Job.Kind.EXPORT:
            run_export(job, hold)
        else:
            run_import(job, hold)
    except Exception:
        db.forget_reads()
        raise


def _after_error(job: Job, lease: Lease) -> None:
    if job.attempts >= ERRORS_ALLOWED:
        fail_job(lease=lease, error=OurFault(public_id=job.public_id), at=clock.now())
    else:
        release_job(lease=lease, at=clock.now(), code=JobEvent.Code.RETRYING)
