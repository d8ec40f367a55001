from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from jobs.models import Job
from jobs.staging import Refusal, refuse_each
from jobs.types import Applied
from rewards.balance_import.allocation import Drawing, prepare_drawing
from rewards.balance_import.shortfalls import losses
from rewards.models import RewardUnit, StagedRedemption


def redeem_chunk(job: Job, low: int, high: int, at: datetime) -> Applied:
    """
    Redeem what the job's GOOD rows from ``low`` to ``high`` ask for, in the caller's transaction.

    Rows whose balance does not hold it (any more) are refused, whatever the preview said.
    """
    return prepare_chunk(job, low, high, at)(at)


def prepare_chunk(job: Job, low: int, high: int, at: datetime) -> Callable[[datetime], Applied]:
    """Return the function that does what :func:`redeem_chunk` does, having done all that needs no transaction."""
    draw = prepare_drawing(job=job, low=low, high=high, at=at)

    def redeem(at: datetime) -> Applied:
        return _applied(job, draw(at))

    return redeem


def _applied(job: Job, drawing: Drawing) -> Applied:
    reasons = losses([one.shortfall for one in drawing.short]) if drawing.short else []
    refusals = [Refusal(one.row_no, reason) for one, reason in zip(drawing.short, reasons, strict=True)]
    keys = dict(RewardUnit.objects.values_list("id", "key"))
    return Applied(
        done=sum(unit.rows for unit in drawing.units),
        refused=refuse_each(job, StagedRedemption, refusals),
        totals={keys[unit.unit_id]: unit.amount for unit in drawing.units},
    )
