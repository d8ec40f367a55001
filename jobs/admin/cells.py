"""How a job looks in a list and at the top of its page."""

from __future__ import annotations

from typing import Final

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from advocate.lib.admin.parts import Kind
from jobs.admin.access import kind_of
from jobs.models import Job
from jobs.types import ImportType
from jobs.words import PLAIN, Words, counts_of

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
    if job.phase == Job.Phase.READING and is_run(job):
        return _("Preparing")
    return str(words_of(job).applying) if job.phase == Job.Phase.APPLYING else job.get_phase_display()


def is_run(job: Job) -> bool:
    """Say whether a job reads no file, although it works as an import does."""
    kind = kind_of(job)
    return isinstance(kind, ImportType) and not kind.reads_file


def words_of(job: Job) -> Words:
    """Return what a job's type calls its rows."""
    kind = kind_of(job)
    return kind.words if isinstance(kind, ImportType) else PLAIN


def outcome(job: Job) -> str:
    """Return a job's counts in a few words; of an import, those that are not zero, in the words of its page."""
    if job.kind == Job.Kind.EXPORT:
        return _("%(count)s rows") % {"count": _number(job.rows_done)} if job.status == Status.DONE else ""
    counts = [one for one in counts_of(job, words_of(job)) if one.count]
    return " · ".join(_("%(label)s: %(value)s") % {"label": one.label, "value": _number(one.count)} for one in counts)


def _number(count: int) -> str:
    return str(number_format(count, force_grouping=True))
