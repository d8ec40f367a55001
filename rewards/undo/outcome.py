"""What an undo shows and leaves behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from advocate.lib import clock
from advocate.lib.tabular import Amount, Cell
from jobs.models import Job, StagedRow
from jobs.operations import give_up_content
from jobs.types import Notice, Preview
from rewards.models import Reward, RewardEntry, StagedReversal
from rewards.undo.errors import AlreadyReversed

NOT_AVAILABLE_AGAIN: Final = "not_available_again"
READ_AT_ONCE: Final = 2_000
RESULT_COLUMNS: Final = ("accountId", "userId", "unit", "value", "rowNumber", "outcome", "message")


def preview_of(job: Job) -> Preview:
    """Return what would be given back of each unit, and warn of what nobody can redeem again."""
    good = StagedReversal.objects.filter(job=job, state="good")
    totals = dict(good.order_by().values_list("unit__key").annotate(total=Sum("amount")))
    lost = _not_available_again(job)
    warnings = [Notice(NOT_AVAILABLE_AGAIN, {"count": lost})] if lost else []
    return Preview(totals={key: int(total) for key, total in totals.items()}, warnings=warnings)


def _not_available_again(job: Job) -> int:
    """Count the rewards that stay or become expired or cancelled when what was redeemed of them comes back."""
    over = Q(reward__status__in=[Reward.Status.EXPIRED, Reward.Status.CANCELLED]) | Q(
        reward__date_expires__lte=clock.now()
    )
    entries = RewardEntry.objects.filter(over, job=job.undoes_id, kind=RewardEntry.Kind.REDEMPTION)
    return entries.filter(~Exists(_reversals())).count()


def _reversals() -> QuerySet[RewardEntry]:
    return RewardEntry.objects.filter(reverses=OuterRef("pk"))


def free_content(job: Job) -> None:
    """Let the undone import's file in again once all of its rows are reversed, as if it had never been imported."""
    others = StagedReversal.objects.filter(job=job, state="refused").exclude(code=AlreadyReversed.code)
    if not others.exists():
        give_up_content(job=Job.objects.get(undone_by=job))


def reversed_rows(job: Job, rows: Sequence[StagedRow]) -> Mapping[int, str | Promise]:
    """Say of an import's rows which of them were reversed since, wholly or in part."""
    people = {row.participant_id for row in rows if row.state == StagedRow.State.GOOD}  # type: ignore[attr-defined]
    entries = RewardEntry.objects.filter(
        reward__participant__in=people,
        job=job,
        row_number__in=[row.row_no for row in rows],
        kind=RewardEntry.Kind.REDEMPTION,
    )
    found = entries.annotate(is_reversed=Exists(_reversals())).values_list("row_number", "is_reversed")
    by_row: dict[int, list[bool]] = {}
    for number, is_reversed in found:
        by_row.setdefault(number or 0, []).append(is_reversed)
    return {number: _mark(states) for number, states in by_row.items() if any(states)}


def _mark(states: Sequence[bool]) -> str:
    return _("Reversed") if all(states) else _("Partly reversed")


def result_rows(job: Job) -> Iterator[Sequence[Cell]]:
    """Yield what became of each row of the undone import."""
    message = str(AlreadyReversed.message)
    known = {AlreadyReversed.code: message}
    rows = StagedReversal.objects.filter(job=job).select_related("unit").order_by("row_no")
    for row in rows.iterator(chunk_size=READ_AT_ONCE):
        outcome = "reversed" if row.state == StagedRow.State.GOOD else row.state
        amount = Amount(row.amount, row.unit.exponent)
        yield row.account_id, row.user_id, row.unit.key, amount, row.row_no, outcome, known.get(row.code, row.code)
