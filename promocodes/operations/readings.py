"""How pools stand, written down each hour; older readings are thinned."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncDate

from promocodes.models import CodeHolder, PromoCode, StockReading
from promocodes.stock import counts_by_state

HOURLY_FOR: Final = timedelta(days=14)
DAILY_FOR: Final = timedelta(days=731)
NOT_WITHIN: Final = timedelta(minutes=1)


def take_readings(*, at: datetime, pool_id: int | None = None) -> int:
    """Write down how each pool that has codes stands, or the one, and return how many have."""
    codes: QuerySet[PromoCode] = PromoCode.objects.filter(pool__isnull=False)
    if pool_id is not None:
        codes = codes.filter(pool=pool_id)
    waiting = _waiting()
    readings = [
        StockReading(pool_id=row["pool"], at=at, waiting=waiting.get(row["pool"], 0), **_counts(row))
        for row in codes.order_by().values("pool").annotate(**counts_by_state(at))
    ]
    # Two that read at one instant read the same.
    StockReading.objects.bulk_create(readings, ignore_conflicts=True)
    return len(readings)


def take_reading_when_changed(*, pool_id: int, at: datetime) -> bool:
    """
    Write down how a pool stands after codes came or went by many, and return whether that was done.

    It reads the whole table of codes, so that one a minute is enough.
    """
    if StockReading.objects.filter(pool=pool_id, at__gt=at - NOT_WITHIN).exists():
        return False
    return bool(take_readings(at=at, pool_id=pool_id))


def thin_readings(*, at: datetime) -> int:
    """Keep each reading for two weeks, then the last of each day for two years; return how many went."""
    old = StockReading.objects.filter(at__lt=at - HOURLY_FOR)
    last_of_day = old.annotate(day=TruncDate("at", tzinfo=UTC)).order_by().values("pool", "day")
    kept = list(last_of_day.annotate(last=Max("pk")).values_list("last", flat=True))
    thinned, _by_model = old.exclude(pk__in=kept).delete()
    dropped, _by_model = StockReading.objects.filter(at__lt=at - DAILY_FOR).delete()
    return thinned + dropped


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: count for name, count in row.items() if name != "pool"}


def _waiting() -> dict[int, int]:
    waiting = CodeHolder.objects.filter(waiting_since__isnull=False).order_by().values("pool")
    return dict(waiting.annotate(count=Count("pk")).values_list("pool", "count"))
