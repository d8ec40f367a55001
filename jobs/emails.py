from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from jobs.messages import job_sentence, warning_sentences
from jobs.models import Job
from jobs.types import ImportType, type_of
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
    if job.kind == Job.Kind.EXPORT:
        return "report-ready" if job.status == Job.Status.DONE else "report-failed"
    if job.status == Job.Status.WAITING:
        return "import-waiting"
    return "import-failed" if job.status == Job.Status.FAILED else "import-finished"


def _facts(job: Job, totals: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    counts = (
        (_("Rows in the file"), job.rows_total),
        (_("To do"), job.rows_good) if job.status == Job.Status.WAITING else (_("Done"), job.rows_done),
        (_("Unchanged"), job.rows_unchanged),
        (_("Refused"), job.rows_refused),
    )
    sums = ((_("Total, %(unit)s") % {"unit": unit}, amount) for unit, amount in totals)
    return [*((label, number_format(count, force_grouping=True)) for label, count in counts), *sums]


def _context(job: Job) -> dict[str, Any]:
    kind = type_of(job)
    totals = list(kind.format_totals(job.totals)) if isinstance(kind, ImportType) else []
    return {
        "job": job,
        "type": str(kind.label),
        "totals": totals,
        "error": job_sentence(job),
        "warnings": warning_sentences(job),
        "facts": _facts(job, totals),
        "expires": timezone.localtime(job.expires_at),
        "page_url": absolute_url(reverse("admin:jobs_job_detail", args=[job.public_id])),
    }
