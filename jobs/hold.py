"""A worker's hold of its job: signs of life from a thread of its own, and the reasons to stop."""

from __future__ import annotations

import logging
import mmap
import threading
import time
from types import TracebackType
from typing import Any, Final, Self

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from advocate.lib import clock
from jobs.errors import JobCancelled, JobStopped, LeaseLost
from jobs.models import Job
from jobs.operations.lease import Lease, renew_lease

logger = logging.getLogger(__name__)

PROGRESS_SECONDS: Final = 1.0
STALLED_SECONDS: Final = 1_800

# One byte of memory that a prefork worker's children share with their parent, which alone is told to stop.
_stopping = mmap.mmap(-1, 1)


def stop_soon() -> None:
    """Have every job of this worker stop at its next chunk and go back to the queue."""
    _stopping[0] = 1


def is_stopping() -> bool:
    """Say whether this worker is being stopped."""
    return _stopping[0] == 1


def go_on() -> None:
    """Take back :func:`stop_soon`; a worker that has started again runs jobs."""
    _stopping[0] = 0


class Hold:
    """
    Keep a job's lease while long statements run, and show how far they are.

    A thread renews the lease through a connection of its own, because the worker's may be in the middle of a snapshot.
    It gives up on a worker that has made no progress for half an hour. The worker calls :meth:`check` between its
    steps, which raises what the thread or the chunk before found out.
    """

    def __init__(self, lease: Lease) -> None:
        self.lease = lease
        self._ended = threading.Event()
        self._lost = False
        self._cancelled = False
        self._cancellable = True
        self._done: int | None = None
        self._last_step = time.monotonic()
        self._thread = threading.Thread(target=self._keep, name=f"job-{lease.job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def step(self, done: int | None = None) -> None:
        """
        Go on, ``done`` rows so far, unless there is a reason to stop; cheap enough for every thousand rows.

        :raises LeaseLost: if another worker has the job
        :raises JobStopped: if this worker is being stopped
        :raises JobCancelled: if someone cancelled the job, as far as the thread has seen it
        """
        self._last_step = time.monotonic()
        self._done = done
        if self._lost:
            raise LeaseLost(self.lease.job_id)
        if is_stopping():
            raise JobStopped
        if self._cancelled and self._cancellable:
            raise JobCancelled

    def check(self) -> None:
        """
        Go on only if there is no reason to stop, asking the database; not for use inside a snapshot.

        Raises what :meth:`step` does.
        """
        self._look()
        self.step()

    def ignore_cancelling(self) -> None:
        """Finish what is begun, as cancelling would come too late, or is being done."""
        self._cancellable = False

    def commit(self, *, forward: bool = False, **progress: Any) -> None:
        """
        Renew the lease with ``progress`` at the end of a chunk's transaction.

        ``forward`` says that the next attempt goes on from here: only then are earlier attempts forgotten, lest a job
        that stops at the same place each time be tried for ever.

        :raises LeaseLost: if another worker has the job, which undoes the chunk
        """
        self._last_step = time.monotonic()
        renew_lease(lease=self.lease, at=clock.now(), **({"attempts": 1} if forward else {}), **progress)

    def _keep(self) -> None:
        renewed = time.monotonic()
        shown: int | None = None
        try:
            while not self._ended.wait(PROGRESS_SECONDS):
                done = self._done
                due = time.monotonic() - renewed > settings.JOB_LEASE_SECONDS / 3
                if self._beat(done, renewing=due or done != shown):
                    renewed, shown = time.monotonic(), done
                if self._lost or time.monotonic() - self._last_step > STALLED_SECONDS:
                    return
        finally:
            connection.close()

    def _beat(self, done: int | None, *, renewing: bool) -> bool:
        try:
            self._look()
            if not renewing:
                return False
            with transaction.atomic():
                progress = {} if done is None else {"progress_done": done}
                renew_lease(lease=self.lease, at=clock.now(), **progress)
        except LeaseLost:
            self._lost = True
        except DatabaseError:
            logger.warning("job.heartbeat_failed id=%s", self.lease.job_id, exc_info=True)
            return False
        return renewing

    def _look(self) -> None:
        """Ask the database whether the job is still ours and wanted."""
        asked = list(Job.objects.filter(self.lease.held).values_list("cancel_requested_at", flat=True))
        self._lost = self._lost or not asked
        self._cancelled = self._cancelled or any(asked)
