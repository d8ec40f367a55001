"""How pools stand: what is in stock, how fast it goes, when it will be gone, and what is needed to begin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from programs.models import Program, ReferralCode
from promocodes.models import CodeHolder, CodePool, PromoCode, StockReading
from promocodes.queries.counting import UpTo, counts_up_to
from promocodes.queries.pools import (
    COUNTED,
    PoolTotals,
    Total,
    stock_of,
    totals_by_readings,
)

State = PromoCode.State
DAY: Final = timedelta(days=1)
RATE_DAYS: Final = 7
LASTS_DAYS: Final = 30
# With fewer days than this, one of them may be the day on which all advocates got their first codes.
DAYS_FOR_A_TYPICAL_ONE: Final = 3
FARTHEST: Final = 3650
MOST_ADVOCATES: Final = 1_000_000
MISSING_COUNTED: Final = 10_000


@dataclass(frozen=True, slots=True)
class StockFigures:
    """
    How a pool stands and where that leads.

    ``per_day`` is what leaves the stock on a typical day of the last seven, and no less than was used in them: the
    median does not take the first sets of a whole program for a habit. ``runs_dry_on`` is None where nothing leaves it.
    ``readings`` are those of the last 30 days.
    """

    totals: PoolTotals
    used: Total
    per_day: float
    runs_dry_on: date | None
    readings: Sequence[StockReading]

    @property
    def in_stock(self) -> int:
        """Return how many codes can be given out."""
        return self.totals.in_stock.value

    @property
    def waiting(self) -> int:
        """Return how many advocates wait for codes."""
        return self.totals.waiting.value

    @property
    def used_today(self) -> int:
        """Return how many codes were used since midnight of the current time zone."""
        return self.used.value


@dataclass(frozen=True, slots=True)
class Needs:
    """
    What switching on takes: a set of codes for each advocate; counted up to a million advocates.

    Of a pool that is on, whose advocates have ``held_each`` already, it is what a larger set takes.
    """

    advocates: int
    codes_each: int
    stock: Total
    held_each: int = 0
    is_capped: bool = False
    are_made: bool = False

    @property
    def in_stock(self) -> int:
        """Return how many codes can be given out."""
        return self.stock.value

    @property
    def needed(self) -> int:
        """Return how many codes all sets take beyond what the advocates have; those made from names, none."""
        return 0 if self.are_made else self.advocates * max(0, self.codes_each - self.held_each)

    @property
    def shortfall(self) -> int:
        """Return how many codes are missing for them."""
        return max(0, self.needed - self.in_stock)


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
        stock=Total(0) if pool is None else stock_of(pool, at=at),
        held_each=held_each,
        is_capped=advocates > MOST_ADVOCATES,
        are_made=are_made,
    )


def figures_of(pool: CodePool, *, at: datetime) -> StockFigures:
    """Return how a pool stands and where that leads, in three queries; today is that of the current time zone."""
    readings = list(StockReading.objects.filter(pool=pool, at__range=(at - LASTS_DAYS * DAY, at)).order_by("at"))
    latest = {pool.pk: readings[-1]} if readings else {}
    totals = totals_by_readings([pool], latest, at=at)[pool.pk]
    uses = _uses_of(pool, totals.used, readings, at=at)
    recent = [reading for reading in readings if reading.at >= at - (RATE_DAYS + 1) * DAY]
    points = [(reading.at, _given(pool, reading.assigned, reading.used)) for reading in recent]
    now = (at, _given(pool, totals.assigned.value, totals.used.value))
    per_day = rate_per_day(pool, uses.lately.value, [*points, now], at=at)
    return StockFigures(
        totals=totals,
        used=uses.today,
        per_day=per_day,
        runs_dry_on=runs_dry_on(totals.in_stock.value, per_day, at=at),
        readings=readings,
    )


def to_upload(pool: CodePool, figures: StockFigures) -> int:
    """Return with how many more codes all who wait get theirs and the stock lasts 30 days."""
    missing = _missing(pool, figures.waiting) if figures.waiting else 0
    wanted = max(math.ceil(LASTS_DAYS * figures.per_day), (pool.notify_at or 0) + 1)
    return rounded_up(max(0, missing + wanted - figures.in_stock))


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
class _Uses:
    lately: Total
    today: Total


def _uses_of(pool: CodePool, used: Total, readings: Sequence[StockReading], *, at: datetime) -> _Uses:
    """Count the codes that were used in the last days and today; of very many, the readings tell."""
    instants = (at - RATE_DAYS * DAY, timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0))
    codes = PromoCode.objects.filter(pool=pool).order_by("-used_at", "-id")
    counted = counts_up_to([UpTo(COUNTED, codes.filter(used_at__gte=since)) for since in instants])
    return _Uses(*(_used(count, since, used, readings) for count, since in zip(counted, instants, strict=True)))


def _used(count: int, since: datetime, used: Total, readings: Sequence[StockReading]) -> Total:
    if count <= COUNTED:
        return Total(count)
    before = [reading.used for reading in readings if reading.at <= since]
    more = used.value - before[-1] if before and not used.is_more else 0
    return Total(more, as_of=used.as_of) if more > COUNTED else Total(COUNTED, is_more=True)


def _given(pool: CodePool, assigned: int, used: int) -> int:
    """Return how many codes have left the stock for an advocate; one of a multi-use code that is used stays theirs."""
    return assigned + (used if pool.kind == CodePool.Kind.ONE_TIME else 0)


def _missing(pool: CodePool, waiting: int) -> int:
    """Return how many codes those who wait lack; of very many, the most that they can lack."""
    full = waiting * pool.codes_each
    if waiting > MISSING_COUNTED:
        return full
    holders: QuerySet[CodeHolder, Any] = waiting_holders(pool).order_by().values("participant")
    held = PromoCode.objects.filter(pool=pool, participant__in=holders, state=State.ASSIGNED, is_extra=False)
    return max(waiting, full - held.count())
