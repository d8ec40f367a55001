"""What the page of a users import shows beside its rows: whom it referred, and what came of the codes of one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from jobs.models import Job
from programs.models import Participant, Touch, TouchOutcome
from programs.queries import participant_of
from rewards.attribution.explaining import Explanation, explain_touches, with_people
from rewards.models import StagedUser
from rewards.referral_lines import referral_url
from rewards.user_import.preview import REFERRED

TOUCHES_SHOWN: Final = 50
SEE_REFERRALS: Final = "programs.view_referral"


@dataclass(frozen=True, slots=True)
class ChosenRow:
    """
    One row, who it is about, and what came of its codes, each with the address of the referral that it made.

    ``is_done`` tells whether the row has been applied.
    """

    row: StagedUser
    participant: Participant | None
    explanations: Sequence[tuple[Explanation, str]]
    is_done: bool


def users_context(request: HttpRequest, job: Job) -> Mapping[str, Any]:
    """Return how many users the import referred, with the address of their list, and the row that is asked about."""
    if not request.user.has_perm(SEE_REFERRALS):
        return {}
    feed = reverse("admin:programs_referral_changelist")
    return {
        "referred": job.totals.get(REFERRED, 0) if job.rows_done else 0,
        "referrals_url": f"{feed}?import={job.public_id}",
        "chosen": _chosen(job, request.GET.get("row", "")),
    }


def _chosen(job: Job, asked: str) -> ChosenRow | None:
    if not (asked.isdecimal() and len(asked) <= 9):
        return None
    row = StagedUser.objects.filter(job=job, row_no=int(asked), state="good").first()
    if row is None:
        return None
    found = with_people(Touch.objects.filter(job=job, row_number=row.row_no)).order_by("at", "pk")
    touches = list(found[:TOUCHES_SHOWN])
    return ChosenRow(
        row=row,
        participant=participant_of(account_id=row.account_id, user_id=row.user_id),
        explanations=list(zip(explain_touches(touches), map(_referral_url, touches), strict=True)),
        is_done=row.row_no < job.next_row,
    )


def _referral_url(touch: Touch) -> str:
    if touch.outcome != TouchOutcome.ATTRIBUTED or touch.referral_id is None:
        return ""
    return referral_url(touch.referral_id)
