from __future__ import annotations

import logging
from functools import partial

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

RUN_JOB = "jobs.run_job"


def wake_after_commit(job_id: int) -> None:
    """Have a worker look at the job once the caller's transaction is committed."""
    transaction.on_commit(partial(wake_worker, job_id))


def wake_worker(job_id: int) -> bool:
    """
    Tell the workers that a job waits, and return whether the message went out.

    Without a broker nothing is lost: the row is the truth and the sweep wakes a worker later.
    """
    try:
        current_app.send_task(RUN_JOB, args=[job_id], retry=False)
    except (KombuError, OSError):
        logger.exception("job.wake_failed id=%s", job_id)
        return False
    return True
