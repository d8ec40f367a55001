"""Files of users for tests, and what becomes of them."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.base import File

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import ImportChoices, confirm_import, create_import
from jobs.operations.create import DEFAULT_CHOICES
from jobs.runner import run_job
from programs.models import Participant
from rewards.imports import IMPORT_USERS
from rewards.models import StagedUser
from team.audit import Actor
from tests.conftest import NOON

ANN = Actor(label="ann@example.com")
AT_ONCE = ImportChoices(without_preview=True)


def upload(
    content: str | bytes,
    *,
    choices: ImportChoices = DEFAULT_CHOICES,
    name: str = "users.csv",
    params: dict[str, Any] | None = None,
) -> Job:
    """Return a queued import of a file with this content."""
    data = content.encode() if isinstance(content, str) else content
    return create_import(
        import_type=IMPORT_USERS,
        upload=File(io.BytesIO(data), name=name),
        name=name,
        params=params or {},
        by=ANN,
        at=NOON,
        choices=choices,
    )


def checked(header: str, *lines: str, **options: Any) -> Job:
    """Return an import of these rows that waits for its confirmation."""
    return run(upload("\n".join((header, *lines)), **options))


def applied(header: str, *lines: str, **options: Any) -> Job:
    """Return an import of these rows that was confirmed and applied."""
    job = checked(header, *lines, **options)
    confirm_import(job=job, by=ANN, at=clock.now())
    return run(job)


def run(job: Job) -> Job:
    """Run a job as a worker does, and return it as it is then."""
    run_job(job.pk)
    job.refresh_from_db()
    return job


def counts(job: Job) -> tuple[int, int, int, int]:
    """Return how many rows there are, and how many were done, unchanged and refused."""
    return job.rows_total, job.rows_done, job.rows_unchanged, job.rows_refused


def refusals(job: Job) -> list[tuple[int, str, str]]:
    """Return the refused rows by number, column and code."""
    rows = StagedUser.objects.filter(job=job, state="refused").order_by("row_no")
    return list(rows.values_list("row_no", "column", "code"))


def user(user_id: str) -> Participant:
    """Return the participant of this user id."""
    return Participant.objects.get(user_id=user_id)
