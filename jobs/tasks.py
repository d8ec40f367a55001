from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.signals import worker_init, worker_shutting_down

from advocate.lib import clock
from jobs import hold, operations, runner
from jobs.wake import RUN_JOB


@shared_task(name=RUN_JOB, ignore_result=True)
def run_job(job_id: int) -> None:
    """Run a job, if it is still to be run."""
    runner.run_job(job_id)


@shared_task(name="jobs.wake_forgotten_jobs", ignore_result=True)
def wake_forgotten_jobs() -> None:
    """Wake workers for jobs that lost theirs."""
    operations.wake_forgotten_jobs(at=clock.now())


@shared_task(name="jobs.remove_expired_files", ignore_result=True)
def remove_expired_files() -> None:
    """Remove files whose time is over."""
    operations.remove_expired_files(at=clock.now())


@worker_init.connect
def _start(**_kwargs: Any) -> None:
    hold.go_on()


@worker_shutting_down.connect
def _stop(**_kwargs: Any) -> None:
    hold.stop_soon()
