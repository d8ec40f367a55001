"""Files of balances for tests, and what becomes of them."""

from __future__ import annotations

import io
from typing import Any

from django.core.files.base import File

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import ImportChoices, confirm_import, create_import
from jobs.operations.create import DEFAULT_CHOICES
from jobs.runner import run_job
from rewards.imports import UPDATE_BALANCES
from rewards.models import Reward, StagedRedemption
from team.audit import Actor
from tests.conftest import NOON

ANN = Actor(label="ann@example.com")
HEADER = "accountId,userId,unit,valueToRedeem"


def line(reward: Reward, value: object) -> str:
    """Return the row that redeems from the balance which a reward is part of."""
    person, unit = reward.participant, reward.unit
    assert unit is not None
    return f"{person.account_id},{person.user_id},{unit.key},{value}"


def upload(
    content: str | bytes,
    *,
    by: Actor = ANN,
    choices: ImportChoices = DEFAULT_CHOICES,
    name: str = "paid.csv",
    **options: Any,
) -> Job:
    """Return a queued import of a file with this content."""
    data = content.encode() if isinstance(content, str) else content
    file = File(io.BytesIO(data), name=name)
    return create_import(
        import_type=UPDATE_BALANCES, upload=file, name=name, params={}, by=by, at=NOON, choices=choices, **options
    )


def checked(*lines: str, header: str = HEADER, **options: Any) -> Job:
    """Return an import of these rows that waits for its confirmation."""
    return run(upload("\n".join((header, *lines)), **options))


def applied(*lines: str, header: str = HEADER, **options: Any) -> Job:
    """Return an import of these rows that was confirmed and applied."""
    return confirmed(checked(*lines, header=header, **options))


def confirmed(job: Job, *, by: Actor = ANN, **choices: bool) -> Job:
    """Confirm an import, apply it, and return it as it is then."""
    confirm_import(job=job, by=by, at=clock.now(), **choices)
    return run(job)


def run(job: Job) -> Job:
    """Run a job as a worker does, and return it as it is then."""
    run_job(job.pk)
    job.refresh_from_db()
    return job


def counts(job: Job) -> tuple[int, int, int, int]:
    """Return how many rows there are, and how many were done, unchanged and refused."""
    return job.rows_total, job.rows_done, job.rows_unchanged, job.rows_refused


def refusals(job: Job) -> list[tuple[int, str, str, str]]:
    """Return the refused rows by number, column, code and what was found."""
    rows = StagedRedemption.objects.filter(job=job, state="refused").order_by("row_no")
    return list(rows.values_list("row_no", "column", "code", "found"))


def states(job: Job) -> list[str]:
    """Return the states of all rows in the order of the file."""
    return list(StagedRedemption.objects.filter(job=job).order_by("row_no").values_list("state", flat=True))
