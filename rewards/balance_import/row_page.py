"""What an import's page shows beside its rows: which rewards one of them draws, and whose balance has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest

from advocate.lib import clock
from jobs.models import Job
from rewards.amounts import amount_text
from rewards.balance_import.preview import BALANCE_CHANGED
from rewards.models import Reward, RewardEntry, StagedRedemption
from rewards.queries import is_drawable

REWARDS_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Draw:
    """A reward that a row draws or drew, and by how much."""

    reward: Reward
    amount: str
    left: str
    is_reversed: bool = False


@dataclass(frozen=True, slots=True)
class RowDraws:
    """One row with the rewards it draws; ``is_done`` tells whether it has drawn them."""

    row: StagedRedemption
    amount: str
    draws: Sequence[Draw]
    is_done: bool


@dataclass(frozen=True, slots=True)
class ChangedBalance:
    """A row whose balance is not what the report said."""

    row: StagedRedemption
    said: str
    now: str
    to_redeem: str


def row_context(request: HttpRequest, job: Job) -> Mapping[str, Any]:
    """Return the row that the request asks about, and the rows whose balance changed since the report."""
    asked = request.GET.get("row", "")
    row = None
    if asked.isdecimal() and len(asked) <= 9:
        found = StagedRedemption.objects.filter(job=job, row_no=int(asked), state="good")
        row = found.select_related("unit", "participant").first()
    return {
        "chosen": row_draws(job, row, at=clock.now()) if row is not None else None,
        "changed": _changed(job) if job.status == Job.Status.WAITING else [],
    }


def row_draws(job: Job, row: StagedRedemption, *, at: datetime) -> RowDraws:
    """Return which rewards a GOOD row drew, or would draw at ``at``, in their order."""
    is_done = row.row_no < job.next_row
    draws = _drawn(job, row) if is_done else planned_draws(row, at=at)
    return RowDraws(row=row, amount=amount_text(row.amount, row.unit), draws=draws, is_done=is_done)


def planned_draws(row: StagedRedemption, *, at: datetime) -> list[Draw]:
    """Return which rewards the row would draw at ``at``, one by one as the rules say; none if they hold too little."""
    rewards = Reward.objects.filter(is_drawable(at), participant=row.participant_id, unit=row.unit_id)
    rest, draws = row.amount, []
    for reward in rewards.order_by(F("date_expires").asc(nulls_last=True), "date_given", "id")[:REWARDS_SHOWN]:
        taken = min(rest, reward.left)
        if not taken:
            break
        rest -= taken
        draws.append(Draw(reward, amount_text(taken, row.unit), amount_text(reward.left - taken, row.unit)))
    return draws


def _drawn(job: Job, row: StagedRedemption) -> list[Draw]:
    entries = (
        RewardEntry.objects.filter(
            reward__participant=row.participant_id, job=job, row_number=row.row_no, kind=RewardEntry.Kind.REDEMPTION
        )
        .annotate(is_reversed=Exists(RewardEntry.objects.filter(reverses=OuterRef("pk"))))
        .select_related("reward")
        .order_by(F("reward__date_expires").asc(nulls_last=True), "reward__date_given", "reward_id")
    )
    return [
        Draw(
            entry.reward,
            amount_text(entry.amount, row.unit),
            amount_text(entry.reward.left, row.unit),
            entry.is_reversed,
        )
        for entry in entries[:REWARDS_SHOWN]
    ]


def _changed(job: Job) -> list[ChangedBalance]:
    numbers = [number for one in job.warnings if one["code"] == BALANCE_CHANGED for number in one["params"]["rows"]]
    rows = StagedRedemption.objects.filter(job=job, row_no__in=numbers).select_related("unit").order_by("row_no")
    return [
        ChangedBalance(
            row=row,
            said="" if row.said_available is None else amount_text(row.said_available, row.unit),
            now=amount_text(row.available, row.unit),
            to_redeem=amount_text(row.amount, row.unit) if row.amount else "",
        )
        for row in rows
        if row.available is not None
    ]
