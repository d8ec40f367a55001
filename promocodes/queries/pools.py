"""How the pools of Code Manager stand, in a few queries for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import OuterRef, QuerySet, Subquery

from promocodes.models import CodeHolder, CodePool, PromoCode, StockReading
from promocodes.queries.counting import counts_up_to

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
    """Where the codes of a pool are, and how many advocates wait."""

    in_stock: Total
    assigned: Total
    copied: Total
    used: Total
    withdrawn: Total
    waiting: Total


NAMES: Final = ("in_stock", "assigned", "copied", "used", "withdrawn", "waiting")


def totals_of_pools(pools: Sequence[CodePool]) -> Mapping[int, PoolTotals]:
    """Return where the codes of each pool are."""
    counted = counts_up_to(COUNTED, [rows for pool in pools for rows in _parts(pool)])
    by_pool = {pool.pk: counted[place * len(NAMES) :][: len(NAMES)] for place, pool in enumerate(pools)}
    large = [pool_id for pool_id, counts in by_pool.items() if max(counts) > COUNTED]
    readings = _latest_readings(large) if large else {}
    return {pool_id: _totals(counts, readings.get(pool_id)) for pool_id, counts in by_pool.items()}


def _parts(pool: CodePool) -> tuple[QuerySet[Any], ...]:
    codes = PromoCode.objects.filter(pool=pool.pk)
    return (
        codes.filter(state=State.STOCK),
        codes.filter(state=State.ASSIGNED),
        codes.filter(state=State.ASSIGNED, copied_at__isnull=False),
        codes.filter(used_at__isnull=False).order_by("-used_at", "-id"),
        codes.filter(state=State.WITHDRAWN),
        CodeHolder.objects.filter(pool=pool.pk, waiting_since__isnull=False).order_by("waiting_since", "id"),
    )


def _latest_readings(pool_ids: Sequence[int]) -> Mapping[int, StockReading]:
    latest = StockReading.objects.filter(pool=OuterRef("pk")).order_by("-at").values("pk")[:1]
    ids = CodePool.objects.filter(pk__in=pool_ids).order_by().values_list(Subquery(latest), flat=True)
    return {reading.pool_id: reading for reading in StockReading.objects.filter(pk__in=[pk for pk in ids if pk])}


def _totals(counts: Sequence[int], reading: StockReading | None) -> PoolTotals:
    return PoolTotals(*(_total(name, count, reading) for name, count in zip(NAMES, counts, strict=True)))


def _total(name: str, count: int, reading: StockReading | None) -> Total:
    if count <= COUNTED:
        return Total(count)
    # A reading that knows of fewer is of a time before they came.
    if reading is None or getattr(reading, name) < COUNTED:
        return Total(COUNTED, is_more=True)
    return Total(getattr(reading, name), as_of=reading.at)
