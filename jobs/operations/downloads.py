from __future__ import annotations

from datetime import datetime

from django.db import transaction

from jobs.models import Job
from team import audit
from team.audit import Actor, Change


@transaction.atomic
def note_download(*, job: Job, which: str, by: Actor, at: datetime) -> None:
    """Keep a record of who took which of a job's files."""
    audit.record(by=by, action=f"{job.kind}.downloaded", target=job, at=at, changes={"file": Change(None, which)})
