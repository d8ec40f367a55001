"""Run a job in this process, as the commands do, with the same claims and leases as a worker."""

from __future__ import annotations

import sys
import threading
import time
from typing import Final, TextIO

from django.db import connection

from jobs.models import Job
from jobs.runner import run_job

LOOK_SECONDS: Final = 0.5
BAR_WIDTH: Final = 30


def follow_job(job: Job, *, terminal: TextIO | None = None) -> Job:
    """
    See a job through as far as it goes by itself, and return it as it is then.

    If a worker was quicker to take it, wait for that worker, and step in should it die. ``terminal`` gets a progress
    bar, if it is one.
    """
    with _Bar(job, terminal):
        while True:
            ran_here = run_job(job.pk)
            job.refresh_from_db()
            if not job.is_under_way:
                return job
            if not ran_here:
                time.sleep(LOOK_SECONDS)


class _Bar:
    """A line on a terminal that says how far the job is, drawn by a thread of its own."""

    def __init__(self, job: Job, terminal: TextIO | None) -> None:
        self._job_id = job.pk
        self._out = terminal or sys.stderr
        self._shown = terminal is not None and terminal.isatty()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)

    def __enter__(self) -> None:
        if self._shown:
            self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        if self._shown:
            self._thread.join()
            self._out.write("\r\033[K")
            self._out.flush()

    def _draw(self) -> None:
        try:
            while not self._ended.wait(LOOK_SECONDS):
                job = Job.objects.only("phase", "progress_done", "progress_total").get(pk=self._job_id)
                self._out.write(f"\r\033[K{progress_line(job)}")
                self._out.flush()
        finally:
            connection.close()


def progress_line(job: Job) -> str:
    """Return a job's progress as one line of text."""
    label = str(job.get_phase_display())
    if not job.progress_total:
        return f"{label}  {job.progress_done:,}"
    share = min(1.0, job.progress_done / job.progress_total)
    filled = round(share * BAR_WIDTH)
    bar = "█" * filled + "░" * (BAR_WIDTH - filled)
    return f"{label}  {bar}  {share:4.0%}"
