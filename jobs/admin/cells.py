"""How a job looks in a list and at the top of its page."""

from __future__ import annotations

from typing import Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from advocate.lib.admin.parts import Kind
from jobs.admin.access import kind_of
from jobs.models import Job

Status = Job.Status
BADGES: Final[dict[str, Kind]] = {
    Status.QUEUED: "info",
    Status.RUNNING: "info",
    Status.WAITING: "warning",
    Status.DONE: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "neutral",
    Status.DISCARDED: "neutral",
    Status.EXPIRED: "neutral",
}


def type_label(job: Job) -> str | Promise:
    """Return what a job's type is called."""
    kind = kind_of(job)
    return kind.label if kind else job.type


def badge_kind(job: Job) -> Kind:
    """Return the colour of a job's status: an import with refused rows is not simply done."""
    if job.status == Status.DONE and job.rows_refused:
        return "warning"
    return BADGES[job.status]


def phase_label(job: Job) -> str:
    """Say what a worker does with the job, or that none has begun."""
    if job.cancel_requested_at and not job.is_over:
        return _("Cancelling…")
    if job.status == Status.QUEUED:
        return _("Waiting for a worker")
    return job.get_phase_display()


def outcome(job: Job) -> str:
    """Return a job's counts in a few words."""
    if job.kind == Job.Kind.EXPORT:
        return _("%(count)s rows") % {"count": _number(job.rows_done)} if job.status == Status.DONE else ""
    if not job.rows_total:
        return ""
    if job.status == Status.WAITING:
        text = _("%(good)s to do, %(unchanged)s unchanged, %(refused)s refused")
    else:
        text = _("%(done)s done, %(unchanged)s unchanged, %(refused)s refused")
    return text % {
        "good": _number(job.rows_good),
        "done": _number(job.rows_done),
        "unchanged": _number(job.rows_unchanged),
        "refused": _number(job.rows_refused),
    }


def _number(count: int) -> str:
    return str(number_format(count, force_grouping=True))
