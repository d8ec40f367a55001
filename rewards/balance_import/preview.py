from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Sum
from django.utils import translation

from advocate.lib.money import format_money
from jobs.models import Job
from jobs.types import Notice, Preview
from rewards.models import RewardUnit, StagedRedemption

BALANCE_CHANGED: Final = "balance_changed"
CHANGED_KEPT: Final = 50


def preview_of(job: Job) -> Preview:
    """Return what the import would redeem of each unit, and a warning where balances are not what the report said."""
    good = StagedRedemption.objects.filter(job=job, state="good")
    totals = dict(good.order_by().values_list("unit__key").annotate(total=Sum("amount")))
    return Preview(totals={key: int(total) for key, total in totals.items()}, warnings=_warnings(job))


def _warnings(job: Job) -> list[Notice]:
    changed = StagedRedemption.objects.filter(job=job, available__isnull=False).exclude(state="unchanged")
    count = changed.count()
    if not count:
        return []
    rows = list(changed.order_by("row_no").values_list("row_no", flat=True)[:CHANGED_KEPT])
    return [Notice(BALANCE_CHANGED, {"count": count, "rows": rows})]


def format_totals(totals: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    """Return totals by unit with the unit's decimal places, as the reader's language writes numbers."""
    locale = translation.get_language() or "en"
    exponents = dict(RewardUnit.objects.filter(key__in=totals).values_list("key", "exponent"))
    return [
        (key, format_money(amount, currency=None, exponent=exponents.get(key, 0), locale=locale))
        for key, amount in sorted(totals.items())
    ]
