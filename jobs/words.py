"""What a type of import calls its rows, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from jobs.models import Job, StagedRow

State = StagedRow.State
Text = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """
    What a type calls its rows and their outcomes; most types take the plain words.

    ``rows`` is what they are where they come from no file. ``outcome`` and ``totals`` are headings of the job's page,
    ``total`` is how a mail names one of the totals, ``applying`` what a worker does with the rows. The counts of the
    states in ``if_any`` are left out while they are 0.
    """

    rows: Text
    good: Text
    done: Text
    refused: Text
    outcome: Text
    totals: Text
    total: Text
    applying: Text
    if_any: Sequence[str] = ()


PLAIN: Final = Words(
    rows=_("Rows"),
    good=_("To do"),
    done=_("Done"),
    refused=_("Refused"),
    outcome=_("What became of the rows"),
    totals=_("Totals"),
    total=_("Total, %(unit)s"),
    applying=_("Applying the rows"),
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a job's rows have an outcome."""

    state: str
    label: Text
    count: int


def counts_of(job: Job, words: Words) -> list[Count]:
    """Return how many rows are to be done, or were, and how many others there are."""
    if job.status == Job.Status.WAITING:
        return [Count(State.GOOD, words.good, job.rows_good), *other_counts(job, words)]
    return [Count(State.GOOD, words.done, job.rows_done), *other_counts(job, words)]


def other_counts(job: Job, words: Words) -> list[Count]:
    """Return how many rows stay as they are and how many are refused."""
    counts = (
        Count(State.UNCHANGED, _("Unchanged"), job.rows_unchanged),
        Count(State.REFUSED, words.refused, job.rows_refused),
    )
    return [one for one in counts if one.count or one.state not in words.if_any]
