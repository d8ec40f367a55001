"""The batch that a job's codes come into, and the options that say how."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from jobs.models import Job
from programs.models import Program
from promocodes.models import CodeBatch, CodePool
from team.queries import company

PROGRAM: Final = "program"
BATCH: Final = "batch"
EXPIRES_ON: Final = "expires_on"
NAME_LENGTH: Final = 150


def batch_of(job: Job, *, at: datetime, source: CodeBatch.Source = CodeBatch.Source.UPLOAD) -> CodeBatch:
    """Return the batch of a job, which it makes with its first codes; a program without a pool gets one, too."""
    found = CodeBatch.objects.select_related("pool").filter(job=job).first()
    if found is not None:
        return found
    program = Program.objects.get(key=job.params[PROGRAM])
    pool, _is_new = CodePool.objects.get_or_create(program=program, defaults={"created_at": at, "updated_at": at})
    return CodeBatch.objects.create(
        pool=pool,
        name=(job.params.get(BATCH) or job.name)[:NAME_LENGTH],
        source=source if job.source_file else CodeBatch.Source.GENERATED,
        job=job,
        added_by=job.requested_by,
        expires_at=expiry_of(job.params),
        created_at=at,
    )


def expiry_of(params: Mapping[str, Any]) -> datetime | None:
    """Return the end of the last day on which the codes count, as the company's clocks show it."""
    chosen = params.get(EXPIRES_ON)
    if not chosen:
        return None
    zone = ZoneInfo(company().time_zone or settings.TIME_ZONE)
    return datetime.combine(date.fromisoformat(chosen) + timedelta(days=1), time.min, zone)
