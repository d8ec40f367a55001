from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from jobs.messages import job_sentence, nothing_sentence, warning_sentences
from jobs.models import Job
from jobs.types import ImportType, type_of
from jobs.words import counts_of
from outbox.emails import Message, UnusableAddress, absolute_url, render_email
from outbox.operations import owe_email
from team.queries import language_of, time_zone_of

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=60)


def owe_outcome(*, job: Job, at: datetime) -> None:
    """
    Owe the requester one mail about how a job ended, in the transaction that ends it.

    A job that was asked for through the API has nobody to write to.
    """
    if job.requester is None:
        return
    try:
        message = outcome_message(job)
    except UnusableAddress as error:
        logger.warning("job.not_mailed id=%s error=%s", job.pk, error)
        return
    owe_email(key=f"job:{job.pk}:{job.status}", message=message, at=at)


def owe_preview(*, job: Job, at: datetime) -> None:
    """
    Owe the requester a mail that an import waits for them, in the transaction that ends its checking.

    Only if they will have left its page: checking took long, or they chose not to be asked and are asked all the same.
    Whoever started it by a command or a program waits for it there.
    """
    left = at - job.created_at >= PATIENCE or job.without_preview
    if left and (job.form_token or job.undoes_id):
        owe_outcome(job=job, at=at)


def outcome_message(job: Job) -> Message:
    """
    Return the mail that tells how a job ended, or waits: a report's link, an import's counts, or what went wrong.

    :raises UnusableAddress: if the requester has no address that mail can be sent to
    """
    requester = job.requester
    if requester is None:
        raise UnusableAddress(address="")
    language = language_of(requester)
    with translation.override(language):
        context = _context(job)
    return render_email(
        name=_name(job),
        to=requester.email,
        language=language,
        time_zone=time_zone_of(requester),
        context=context,
    )


def _name(job: Job) -> str:
    kind = type_of(job)
    if not isinstance(kind, ImportType):
        return "report-ready" if job.status == Job.Status.DONE else "report-failed"
    what = "import" if kind.reads_file else "run"
    if job.status == Job.Status.WAITING:
        return f"{what}-waiting"
    return f"{what}-failed" if job.status == Job.Status.FAILED else f"{what}-finished"


def _facts(job: Job, kind: ImportType) -> list[tuple[str, str]]:
    words = kind.words
    rows = _("Rows in the file") if kind.reads_file else str(words.rows)
    counts = [(rows, job.rows_total), *((str(one.label), one.count) for one in counts_of(job, words))]
    sums = ((str(words.total) % {"unit": unit}, amount) for unit, amount in kind.format_totals(job.totals))
    return [*((label, number_format(count, force_grouping=True)) for label, count in counts), *sums]


def _context(job: Job) -> dict[str, Any]:
    kind = type_of(job)
    return {
        "job": job,
        "type": str(kind.label),
        "error": job_sentence(job),
        "nothing": nothing_sentence(job),
        "warnings": warning_sentences(job),
        "facts": _facts(job, kind) if isinstance(kind, ImportType) else [],
        "expires": timezone.localtime(job.expires_at),
        "page_url": absolute_url(reverse("admin:jobs_job_detail", args=[job.public_id])),
    }
