"""
How pools stand, written down every few minutes, so that no page has to count millions of codes.

One reading of each hour is kept, the latest; older ones are thinned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncDate

from promocodes.models import CodeHolder, PromoCode, StockReading
from promocodes.queries.pools import can_be_given

HOURLY_FOR: Final = timedelta(days=14)
DAILY_FOR: Final = timedelta(days=731)
NOT_WITHIN: Final = timedelta(seconds=20)
State: Final = PromoCode.State


def take_readings(*, at: datetime, pool_id: int | None = None) -> int:
    """
    Write down how each pool that has codes stands, or the one, and return how many have.

    It takes the place of the reading of the same hour.
    """
    codes: QuerySet[PromoCode] = PromoCode.objects.filter(pool__isnull=False)
    if pool_id is not None:
        codes = codes.filter(pool=pool_id)
    waiting = _waiting()
    readings = [
        StockReading(pool_id=row["pool"], at=at, waiting=waiting.get(row["pool"], 0), **_counts(row))
        for row in codes.order_by().values("pool").annotate(**_by_place(at))
    ]
    hour = at.replace(minute=0, second=0, microsecond=0)
    earlier = StockReading.objects.filter(pool__in=[reading.pool_id for reading in readings], at__gte=hour, at__lt=at)
    with transaction.atomic():
        earlier.delete()
        # Two that read at one instant read the same.
        StockReading.objects.bulk_create(readings, ignore_conflicts=True)
    return len(readings)


def take_reading_when_changed(*, pool_id: int, at: datetime) -> bool:
    """
    Write down how a pool stands after codes came or went by many, and return whether that was done.

    It reads the whole table of codes, so that it is not done again at once.
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


def _by_place(at: datetime) -> dict[str, Count]:
    return {
        "in_stock": Count("pk", filter=can_be_given(at)),
        "assigned": Count("pk", filter=Q(state=State.ASSIGNED)),
        "copied": Count("pk", filter=Q(state=State.ASSIGNED, copied_at__isnull=False)),
        "used": Count("pk", filter=Q(used_at__isnull=False)),
        "withdrawn": Count("pk", filter=Q(state=State.WITHDRAWN)),
    }


def _counts(row: Mapping[str, Any]) -> dict[str, int]:
    return {name: count for name, count in row.items() if name != "pool"}


def _waiting() -> dict[int, int]:
    waiting = CodeHolder.objects.filter(waiting_since__isnull=False).order_by().values("pool")
    return dict(waiting.annotate(count=Count("pk")).values_list("pool", "count"))
