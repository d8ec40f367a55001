"""What Overview shows of imports and reports: what waits for somebody, and the latest ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from advocate.lib.admin import Badge
from advocate.lib.panels import Panel, register_panel
from jobs.admin.access import visible_jobs
from jobs.admin.cells import badge_kind, outcome, type_label
from jobs.models import Job

LATEST: Final = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A job as the card lists it."""

    job: Job
    url: str
    type: str | Promise
    badge: Badge
    outcome: str


def latest_jobs(request: HttpRequest, _none: object) -> Mapping[str, Any]:
    """Return the jobs that wait for confirmation and then the newest ones, a few in all."""
    jobs = visible_jobs(request.user).order_by("-created_at", "-id")
    waiting = list(jobs.filter(status=Job.Status.WAITING)[:LATEST])
    others = jobs.exclude(status=Job.Status.WAITING)[: LATEST - len(waiting)]
    return {"lines": [_line(job) for job in (*waiting, *others)], "url": reverse("admin:jobs_job_changelist")}


def register() -> None:
    """Add the card to Overview."""
    register_panel(
        Panel("overview", "jobs", "jobs/overview.html", latest_jobs, permission="jobs.view_job", order=40, wide=True)
    )


def _line(job: Job) -> Line:
    return Line(
        job=job,
        url=reverse("admin:jobs_job_detail", args=[job.public_id]),
        type=type_label(job),
        badge=Badge(job.get_status_display(), badge_kind(job)),
        outcome=outcome(job),
    )
