"""Files of codes for tests, and what becomes of them."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.base import File

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import ImportChoices, confirm_import, create_import
from jobs.operations.create import DEFAULT_CHOICES
from jobs.runner import run_job
from programs.models import Program
from promocodes.imports import UPLOAD_CODES
from promocodes.models import PromoCode, StagedCode
from team.audit import Actor
from tests.conftest import NOON

ANN = Actor(label="ann@example.com")


def upload(
    program: Program,
    content: str | bytes,
    *,
    name: str = "codes.csv",
    choices: ImportChoices = DEFAULT_CHOICES,
    **params: Any,
) -> Job:
    """Return a queued upload of a file with this content."""
    data = content.encode() if isinstance(content, str) else content
    return create_import(
        import_type=UPLOAD_CODES,
        upload=File(io.BytesIO(data), name=name),
        name=name,
        params={"program": program.key, "batch": "", "expires_on": "", **params},
        by=ANN,
        at=NOON,
        choices=choices,
    )


def checked(program: Program, *codes: str, **options: Any) -> Job:
    """Return an upload of these codes that waits for its confirmation."""
    return run(upload(program, "\n".join(codes), **options))


def applied(program: Program, *codes: str, **options: Any) -> Job:
    """Return an upload of these codes that was confirmed and applied."""
    return confirmed(checked(program, *codes, **options))


def confirmed(job: Job, **choices: bool) -> Job:
    """Confirm an upload, apply it, and return it as it is then."""
    confirm_import(job=job, by=ANN, at=clock.now(), **choices)
    return run(job)


def run(job: Job) -> Job:
    """Run a job as a worker does, and return it as it is then."""
    run_job(job.pk)
    job.refresh_from_db()
    return job


def counts(job: Job) -> tuple[int, int, int]:
    """Return how many rows there are, and how many were done and refused."""
    return job.rows_total, job.rows_done, job.rows_refused


def refusals(job: Job) -> list[tuple[int, str, str, Any]]:
    """Return the refused rows by number, code, what was found, and what else is said."""
    rows = StagedCode.objects.filter(job=job, state="refused").order_by("row_no")
    return list(rows.values_list("row_no", "code", "found", "params"))


def stock(program: Program) -> list[str]:
    """Return the codes in the program's stock, sorted."""
    return sorted(PromoCode.objects.filter(pool__program=program, state=0).values_list("code", flat=True))
