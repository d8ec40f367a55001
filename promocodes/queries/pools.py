"""How pools stand, in a few queries for many of them and however many codes they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery

from promocodes.models import CodeHolder, CodePool, PromoCode, StockReading
from promocodes.queries.counting import UpTo, counts_up_to

State = PromoCode.State
COUNTED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Total:
    """
    How many there are: counted now, or ``as_of`` the latest reading where they are too many for that.

    ``is_more`` says that there are more, where no reading tells how many.
    """

    value: int
    as_of: datetime | None = None
    is_more: bool = False


@dataclass(frozen=True, slots=True)
class PoolTotals:
    """
    Where the codes of a pool are, and how many advocates wait.

    A stock that is no more than the number to be told of is always counted.
    """

    in_stock: Total
    assigned: Total
    copied: Total
    used: Total
    withdrawn: Total
    waiting: Total

    @property
    def as_of(self) -> datetime | None:
        """Return of when the larger numbers are, if any is not of now."""
        totals = (getattr(self, name) for name in NAMES)
        return next((total.as_of for total in totals if total.as_of is not None), None)


NAMES: Final = ("in_stock", "assigned", "copied", "used", "withdrawn", "waiting")


def can_be_given(at: datetime) -> Q:
    """Return the condition of a code that is in stock and has not expired."""
    return Q(state=State.STOCK) & (Q(expires_at__isnull=True) | Q(expires_at__gt=at))


def totals_of_pools(pools: Sequence[CodePool], *, at: datetime) -> Mapping[int, PoolTotals]:
    """Return where the codes of each pool are."""
    return totals_by_readings(pools, _latest_readings([pool.pk for pool in pools]), at=at)


def totals_by_readings(
    pools: Sequence[CodePool], readings: Mapping[int, StockReading], *, at: datetime
) -> Mapping[int, PoolTotals]:
    """Return where the codes of each pool are; ``readings`` are the latest of those that have any."""
    parts = {pool.pk: _parts(pool, readings.get(pool.pk), at) for pool in pools}
    counted = iter(counts_up_to([part for each in parts.values() for part in each.values()]))
    return {
        pool_id: PoolTotals(
            **{name: _total(part.limit, next(counted), name, readings.get(pool_id)) for name, part in each.items()}
        )
        for pool_id, each in parts.items()
    }


def stock_of(pool: CodePool, *, at: datetime) -> Total:
    """Return how many codes can be given out; where no reading tells, all of them are counted."""
    total = totals_of_pools([pool], at=at)[pool.pk].in_stock
    return Total(PromoCode.objects.filter(pool=pool, state=State.STOCK).count()) if total.is_more else total


def _parts(pool: CodePool, reading: StockReading | None, at: datetime) -> Mapping[str, UpTo]:
    return {name: UpTo(_limit(pool, name, reading), rows) for name, rows in _rows(pool, at).items()}


def _rows(pool: CodePool, at: datetime) -> Mapping[str, QuerySet[Any]]:
    codes = PromoCode.objects.filter(pool=pool.pk)
    waiting = CodeHolder.objects.filter(pool=pool.pk, waiting_since__isnull=False)
    return {
        "in_stock": codes.filter(can_be_given(at)),
        "assigned": codes.filter(state=State.ASSIGNED),
        "copied": codes.filter(state=State.ASSIGNED, copied_at__isnull=False),
        "used": codes.filter(used_at__isnull=False).order_by("-used_at", "-id"),
        "withdrawn": codes.filter(state=State.WITHDRAWN),
        "waiting": waiting.order_by("waiting_since", "id"),
    }


def _limit(pool: CodePool, name: str, reading: StockReading | None) -> int:
    """Return how far to count: not at all, but whether there are any, where a reading knows that they are many."""
    limit = 0 if reading is not None and getattr(reading, name) > COUNTED else COUNTED
    return max(limit, pool.notify_at or 0) if name == "in_stock" else limit


def _total(limit: int, count: int, name: str, reading: StockReading | None) -> Total:
    if count <= limit:
        return Total(count)
    # A reading that knows of fewer is of a time before they came.
    if reading is None or getattr(reading, name) <= limit:
        return Total(limit, is_more=True)
    return Total(getattr(reading, name), as_of=reading.at)


def _latest_readings(pool_ids: Sequence[int]) -> Mapping[int, StockReading]:
    latest = StockReading.objects.filter(pool=OuterRef("pk")).order_by("-at").values("pk")[:1]
    pools = CodePool.objects.filter(pk__in=pool_ids).order_by().annotate(latest=Subquery(latest))
    readings = StockReading.objects.filter(pk__in=pools.values("latest"))
    return {reading.pool_id: reading for reading in readings}
