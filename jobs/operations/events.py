from __future__ import annotations

from datetime import datetime

from jobs.models import JobEvent


def note(*, job_id: int, code: JobEvent.Code, at: datetime, actor: str = "") -> None:
    """Add a step to the job's log, in the caller's transaction."""
    JobEvent.objects.create(job_id=job_id, code=code, at=at, actor=actor)
