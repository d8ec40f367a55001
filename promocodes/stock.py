"""How pools stand: what is in stock, how fast it goes, when it will be gone, and what is needed to begin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from programs.models import Program, ReferralCode
from promocodes.models import CodeBatch, CodeHolder, CodePool, PromoCode, StockReading

State = PromoCode.State
DAY: Final = timedelta(days=1)
RATE_DAYS: Final = 7
LASTS_DAYS: Final = 30
# With fewer days than this, one of them may be the day on which all advocates got their first codes.
DAYS_FOR_A_TYPICAL_ONE: Final = 3
FARTHEST: Final = 3650
# Up to so many codes their states are counted for each page; of a larger pool the latest reading tells.
COUNTED_AT_ONCE: Final = 50_000
MOST_ADVOCATES: Final = 1_000_000
MISSING_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class StockCounts:
    """How many codes of a pool are where; ``as_of`` is set where a reading tells all but the stock."""

    in_stock: int = 0
    assigned: int = 0
    copied: int = 0
    used: int = 0
    withdrawn: int = 0
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class StockFigures:
    """
    How a pool stands and where that leads.

    ``per_day`` is what leaves the stock on a typical day of the last seven, and no less than was used in them: the
    median does not take the first sets of a whole program for a habit. With ``to_upload`` more codes the stock lasts 30
    days. ``runs_dry_on`` is None where nothing leaves it. ``readings`` are those of the last 30 days.
    """

    counts: StockCounts
    waiting: int
    used_today: int
    per_day: float
    runs_dry_on: date | None
    to_upload: int
    readings: Sequence[StockReading]

    @property
    def in_stock(self) -> int:
        """Return how many codes can be given out."""
        return self.counts.in_stock


@dataclass(frozen=True, slots=True)
class Needs:
    """
    What switching on takes: a set of codes for each advocate; counted up to a million advocates.

    Of a pool that is on, whose advocates have ``held_each`` already, it is what a larger set takes.
    """

    advocates: int
    codes_each: int
    in_stock: int
    held_each: int = 0
    is_capped: bool = False
    are_made: bool = False

    @property
    def needed(self) -> int:
        """Return how many codes all sets take beyond what the advocates have; those made from names, none."""
        return 0 if self.are_made else self.advocates * max(0, self.codes_each - self.held_each)

    @property
    def shortfall(self) -> int:
        """Return how many codes are missing for them."""
        return max(0, self.needed - self.in_stock)


@dataclass(frozen=True, slots=True)
class _Uses:
    today: int
    lately: int


def can_be_given(at: datetime) -> Q:
    """Return the condition of a code that is in stock and has not expired."""
    return Q(state=State.STOCK) & (Q(expires_at__isnull=True) | Q(expires_at__gt=at))


def codes_in_stock(pool: CodePool, *, at: datetime) -> int:
    """Count the codes that can be given out; an index holds little else."""
    return PromoCode.objects.filter(can_be_given(at), pool=pool).count()


def waiting_holders(pool: CodePool) -> QuerySet[CodeHolder]:
    """Return who waits for codes of a pool, the oldest first."""
    return CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False).order_by("waiting_since", "pk")


def needs_of(
    program: Program,
    pool: CodePool | None,
    *,
    codes_each: int,
    at: datetime,
    held_each: int = 0,
    are_made: bool = False,
) -> Needs:
    """Return what is needed before a pool is switched on, if each advocate gets so many codes."""
    advocates = ReferralCode.objects.filter(program=program, is_primary=True).order_by()[: MOST_ADVOCATES + 1].count()
    return Needs(
        advocates=min(advocates, MOST_ADVOCATES),
        codes_each=codes_each,
        in_stock=0 if pool is None else codes_in_stock(pool, at=at),
        held_each=held_each,
        is_capped=advocates > MOST_ADVOCATES,
        are_made=are_made,
    )


def counts_by_state(at: datetime) -> dict[str, Count]:
    """Return the aggregates that say how many codes are where."""
    return {
        "in_stock": Count("pk", filter=can_be_given(at)),
        "assigned": Count("pk", filter=Q(state=State.ASSIGNED)),
        "copied": Count("pk", filter=Q(state=State.ASSIGNED, copied_at__isnull=False)),
        "used": Count("pk", filter=Q(used_at__isnull=False)),
        "withdrawn": Count("pk", filter=Q(state=State.WITHDRAWN)),
    }


def figures_of(pool: CodePool, *, at: datetime, left: int | None = None) -> StockFigures:
    """
    Return how a pool stands and where that leads; today is that of the current time zone.

    ``left`` is the stock if the caller knows it better.
    """
    since = at - LASTS_DAYS * DAY
    readings = list(StockReading.objects.filter(pool=pool, at__range=(since, at)).order_by("at"))
    extent = _extent(pool)
    counts, uses = _counts_and_uses(pool, extent, readings, at=at)
    if left is not None:
        counts = replace(counts, in_stock=left)
    recent = [reading for reading in readings if reading.at >= at - (RATE_DAYS + 1) * DAY]
    points = [*((reading.at, _given(pool, reading)) for reading in recent), (at, _given(pool, counts))]
    per_day = rate_per_day(pool, uses.lately, points, at=at)
    return StockFigures(
        counts=counts,
        waiting=extent.waiting,
        used_today=uses.today,
        per_day=per_day,
        runs_dry_on=runs_dry_on(counts.in_stock, per_day, at=at),
        to_upload=_to_upload(pool, counts.in_stock, per_day, extent.waiting),
        readings=readings,
    )


def rate_per_day(pool: CodePool, used_lately: int, points: Sequence[tuple[datetime, int]], *, at: datetime) -> float:
    """Return what leaves the stock on a typical day; ``points`` tell how many codes had left it when."""
    since = at - RATE_DAYS * DAY
    days = RATE_DAYS if pool.switched_on_at is None else (at - max(since, pool.switched_on_at)) / DAY
    return max(used_lately / max(1.0, days), typical_day(points))


def runs_dry_on(in_stock: int, per_day: float, *, at: datetime) -> date | None:
    """Return the day on which the stock will be gone at this rate, in the current time zone, unless it is far off."""
    lasts = math.floor(in_stock / per_day) if per_day else FARTHEST
    return timezone.localtime(at).date() + timedelta(days=lasts) if lasts < FARTHEST else None


def typical_day(points: Sequence[tuple[datetime, int]]) -> float:
    """Return the median of what was added on the days before the last point; 0 where these are too few to tell."""
    if not points:
        return 0.0
    last = points[-1][0]
    marks = []
    for days in range(RATE_DAYS, -1, -1):
        before = [value for instant, value in points if instant <= last - days * DAY]
        if before:
            marks.append(before[-1])
    added = sorted(max(0, later - earlier) for earlier, later in pairwise(marks))
    return float(added[(len(added) - 1) // 2]) if len(added) >= DAYS_FOR_A_TYPICAL_ONE else 0.0


def rounded_up(count: int) -> int:
    """Return a number of codes that people like to ask for: no less, with two digits that are not 0."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step


@dataclass(frozen=True, slots=True)
class _Extent:
    """Between which ids the codes of a pool's uploads are, and how many advocates wait."""

    first: int
    last: int
    waiting: int


def _extent(pool: CodePool) -> _Extent:
    waiting = CodeHolder.objects.filter(pool=OuterRef("pk"), waiting_since__isnull=False).order_by()
    uploaded = ~Q(batches__source=CodeBatch.Source.MANUAL)
    found = CodePool.objects.filter(pk=pool.pk).annotate(
        first=Min("batches__first_id", filter=uploaded),
        last=Max("batches__last_id", filter=uploaded),
        waiting=Coalesce(Subquery(waiting.values("pool").annotate(count=Count("pk")).values("count")), 0),
    )
    first, last, count = found.values_list("first", "last", "waiting").get()
    return _Extent(first or 0, last or 0, count)


def _counts_and_uses(
    pool: CodePool, extent: _Extent, readings: Sequence[StockReading], *, at: datetime
) -> tuple[StockCounts, _Uses]:
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    since = at - RATE_DAYS * DAY
    uses = {
        "today": Count("pk", filter=Q(used_at__gte=midnight)),
        "lately": Count("pk", filter=Q(used_at__gte=since)),
    }
    if extent.last - extent.first >= COUNTED_AT_ONCE and readings:
        used = PromoCode.objects.filter(pool=pool, used_at__gte=min(since, midnight))
        return _counts_of(readings[-1], in_stock=codes_in_stock(pool, at=at)), _Uses(**used.aggregate(**uses))
    found = PromoCode.objects.filter(pool=pool).aggregate(**counts_by_state(at), **uses)
    return StockCounts(**{name: found[name] for name in counts_by_state(at)}), _Uses(found["today"], found["lately"])


def _counts_of(reading: StockReading, *, in_stock: int) -> StockCounts:
    return StockCounts(in_stock, reading.assigned, reading.copied, reading.used, reading.withdrawn, reading.at)


def _given(pool: CodePool, counts: StockCounts | StockReading) -> int:
    """Return how many codes have left the stock for an advocate; one of a multi-use code that is used stays theirs."""
    return counts.assigned + (counts.used if pool.kind == CodePool.Kind.ONE_TIME else 0)


def _to_upload(pool: CodePool, in_stock: int, per_day: float, waiting: int) -> int:
    missing = _missing(pool, waiting) if waiting else 0
    wanted = max(math.ceil(LASTS_DAYS * per_day), (pool.notify_at or 0) + 1)
    return rounded_up(max(0, missing + wanted - in_stock))


def _missing(pool: CodePool, waiting: int) -> int:
    """Return how many codes those who wait lack; of very many, the most that they can lack."""
    full = waiting * pool.codes_each
    if waiting > MISSING_COUNTED:
        return full
    holders: QuerySet[CodeHolder, Any] = waiting_holders(pool).order_by().values("participant")
    held = PromoCode.objects.filter(pool=pool, participant__in=holders, state=State.ASSIGNED, is_extra=False)
    return max(waiting, full - held.count())
