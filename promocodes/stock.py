"""How pools stand: what is in stock, how fast it goes, when it will be gone, and what is needed to begin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, QuerySet

from programs.models import Program, ReferralCode
from promocodes.models import CodeHolder, CodePool, PromoCode, StockReading
from team.queries import company

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

COUNTS: Final[dict[str, Count]] = {
    "in_stock": Count("pk", filter=Q(state=State.STOCK)),
    "assigned": Count("pk", filter=Q(state=State.ASSIGNED)),
    "copied": Count("pk", filter=Q(state=State.ASSIGNED, copied_at__isnull=False)),
    "used": Count("pk", filter=Q(used_at__isnull=False)),
    "withdrawn": Count("pk", filter=Q(state=State.WITHDRAWN)),
}


@dataclass(frozen=True, slots=True)
class StockCounts:
    """How many codes of a pool are where; ``as_of`` is set where a reading tells all but the stock."""

    in_stock: int
    assigned: int = 0
    copied: int = 0
    used: int = 0
    withdrawn: int = 0
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class StockFigures:
    """
    How a pool stands and where that leads.

    ``per_day`` is what leaves the stock on a typical day of the last seven, and no less than was used in them. With
    ``to_upload`` more codes it lasts 30 days. ``runs_dry_on`` is None where nothing leaves it.
    """

    counts: StockCounts
    waiting: int
    used_today: int
    per_day: float
    runs_dry_on: date | None
    to_upload: int

    @property
    def in_stock(self) -> int:
        """Return how many codes can be given out."""
        return self.counts.in_stock


@dataclass(frozen=True, slots=True)
class Needs:
    """What switching on takes: a set of codes for each advocate; counted up to a million advocates."""

    advocates: int
    codes_each: int
    in_stock: int
    is_capped: bool = False

    @property
    def needed(self) -> int:
        """Return how many codes all first sets take."""
        return self.advocates * self.codes_each

    @property
    def shortfall(self) -> int:
        """Return how many codes are missing for them."""
        return max(0, self.needed - self.in_stock)


def codes_in_stock(pool: CodePool) -> int:
    """Count the codes that can be given out; an index holds nothing else."""
    return PromoCode.objects.filter(pool=pool, state=State.STOCK).count()


def waiting_holders(pool: CodePool) -> QuerySet[CodeHolder]:
    """Return who waits for codes of a pool, the oldest first."""
    return CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False).order_by("waiting_since", "pk")


def advocates_of(program: Program) -> QuerySet[ReferralCode]:
    """Return the primary codes of a program, of which each advocate has one."""
    return ReferralCode.objects.filter(program=program, is_primary=True)


def needs_of(program: Program, pool: CodePool | None, *, codes_each: int) -> Needs:
    """Return what is needed before a pool is switched on, if each advocate gets so many codes."""
    advocates = advocates_of(program).order_by()[: MOST_ADVOCATES + 1].count()
    return Needs(
        advocates=min(advocates, MOST_ADVOCATES),
        codes_each=codes_each,
        in_stock=0 if pool is None else codes_in_stock(pool),
        is_capped=advocates > MOST_ADVOCATES,
    )


def stock_counts(pool: CodePool) -> StockCounts:
    """Return how many codes of a pool are where."""
    if pool.first_id is None or pool.last_id is None:
        return StockCounts(in_stock=0)
    if pool.last_id - pool.first_id >= COUNTED_AT_ONCE:
        reading = StockReading.objects.filter(pool=pool).order_by("-at").first()
        if reading is not None:
            return _counts_of(reading, in_stock=codes_in_stock(pool))
    codes = PromoCode.objects.filter(pool=pool, pk__range=(pool.first_id, pool.last_id))
    return StockCounts(**codes.aggregate(**COUNTS))


def figures_of(pool: CodePool, *, at: datetime, left: int | None = None) -> StockFigures:
    """Return how a pool stands and where that leads; ``left`` is the stock if the caller knows it better."""
    counts = stock_counts(pool)
    in_stock = counts.in_stock if left is None else left
    counts = StockCounts(in_stock, counts.assigned, counts.copied, counts.used, counts.withdrawn, counts.as_of)
    midnight = local(at).replace(hour=0, minute=0, second=0, microsecond=0)
    per_day = rate_of(pool, counts, at=at)
    waiting = waiting_holders(pool).order_by().count()
    lasts = math.floor(in_stock / per_day) if per_day else FARTHEST
    return StockFigures(
        counts=counts,
        waiting=waiting,
        used_today=_used_since(pool, midnight),
        per_day=per_day,
        runs_dry_on=midnight.date() + timedelta(days=lasts) if lasts < FARTHEST else None,
        to_upload=_to_upload(pool, in_stock, per_day, waiting),
    )


def rate_of(pool: CodePool, counts: StockCounts, *, at: datetime) -> float:
    """
    Return how many codes leave the stock on a typical day of the last seven, and no less than were used in them.

    The median of the days does not take the first sets of a whole program for a habit.
    """
    since = at - RATE_DAYS * DAY
    days = RATE_DAYS if pool.switched_on_at is None else (at - max(since, pool.switched_on_at)) / DAY
    used = _used_since(pool, since) / max(1.0, days)
    readings = StockReading.objects.filter(pool=pool, at__gte=since - DAY, at__lte=at).order_by("at")
    points = [(reading.at, _given(pool, reading)) for reading in readings]
    return max(used, typical_day([*points, (at, _given(pool, counts))]))


def typical_day(points: Sequence[tuple[datetime, int]]) -> float:
    """Return the median of what was added on the days before the last point; 0 where these are too few to tell."""
    last = points[-1][0]
    marks = []
    for days in range(RATE_DAYS, -1, -1):
        before = [value for instant, value in points if instant <= last - days * DAY]
        if before:
            marks.append(before[-1])
    added = sorted(max(0, later - earlier) for earlier, later in pairwise(marks))
    return float(added[(len(added) - 1) // 2]) if len(added) >= DAYS_FOR_A_TYPICAL_ONE else 0.0


def local(at: datetime) -> datetime:
    """Return an instant on the company's clock, on which its days begin."""
    return at.astimezone(ZoneInfo(company().time_zone or settings.TIME_ZONE))


def _counts_of(reading: StockReading, *, in_stock: int) -> StockCounts:
    return StockCounts(in_stock, reading.assigned, reading.copied, reading.used, reading.withdrawn, reading.at)


def _given(pool: CodePool, counts: StockCounts | StockReading) -> int:
    """Return how many codes have left the stock for an advocate; one of a multi-use code that is used stays theirs."""
    return counts.assigned + (counts.used if pool.kind == CodePool.Kind.ONE_TIME else 0)


def _used_since(pool: CodePool, since: datetime) -> int:
    return PromoCode.objects.filter(pool=pool, used_at__gte=since).count()


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


def rounded_up(count: int) -> int:
    """Return a number of codes that people like to ask for: no less, with two digits that are not 0."""
    step: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // step) * step
