"""Which programs' stocks want attention, for Overview: one query, however many programs there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils import timezone

from promocodes.models import CodeHolder, CodePool, PromoCode, StockReading
from promocodes.queries.pools import can_be_given
from promocodes.stock import DAY, RATE_DAYS, rate_per_day, runs_dry_on

Level = CodePool.StockLevel
SHOWN: Final = 5
MOST_COUNTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class Attention:
    """A program whose stock is low or empty, or for whose codes advocates wait; counted up to a limit."""

    pool: CodePool
    in_stock: int
    waiting: int
    used_today: int
    per_day: float
    runs_dry_on: date | None


@dataclass(frozen=True, slots=True)
class Stocks:
    """The stocks that want attention, the emptiest first, and whether there are others; None is on at all if not."""

    urgent: Sequence[Attention]
    are_more: bool
    are_any: bool


def stocks(*, at: datetime) -> Stocks:
    """Return which programs' stocks want attention now."""
    pools = CodePool.objects.filter(switched_on_at__isnull=False).select_related("program")
    rows = list(_annotated(pools, at).order_by("-urgency", "program__name", "pk")[: SHOWN + 1])
    urgent = [_attention(row, at) for row in rows if row.urgency]
    return Stocks(urgent[:SHOWN], are_more=len(urgent) > SHOWN, are_any=bool(rows))


def _annotated(pools: QuerySet[CodePool], at: datetime) -> QuerySet[Any]:
    """Add the figures of those that are urgent: of the others, counting could take long."""
    since = at - RATE_DAYS * DAY
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    codes = PromoCode.objects.filter(pool=OuterRef("pk"))
    waiting = CodeHolder.objects.filter(pool=OuterRef("pk"), waiting_since__isnull=False)
    is_from_stock = Q(name_pattern="")
    urgency = Case(
        # As CodePool.misses_codes has it. A level that was low may be of a time before the codes were made from names.
        When(Q(stock_level=Level.EMPTY) & (is_from_stock | Exists(waiting)), then=Value(3)),
        When(Exists(waiting), then=Value(2)),
        When(Q(stock_level=Level.LOW) & (is_from_stock | Exists(codes.filter(can_be_given(at)))), then=Value(1)),
        default=Value(0),
    )
    marks = {f"given_{days}": _given_at(at - days * DAY) for days in range(RATE_DAYS + 1)}
    return pools.annotate(urgency=urgency).annotate(
        in_stock=_if_urgent(codes.filter(can_be_given(at))),
        waiting=_if_urgent(waiting),
        used_today=_if_urgent(codes.filter(used_at__gte=midnight)),
        used_lately=_if_urgent(codes.filter(used_at__gte=since)),
        **marks,
    )


class _CountOf(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS few)"
    output_field = IntegerField()


def _if_urgent(rows: QuerySet[Any]) -> Case:
    """Count rows up to the limit, which also keeps PostgreSQL from compiling a query that it takes for a long one."""
    counted = _CountOf(rows.order_by().values("pk")[: MOST_COUNTED + 1])
    return Case(When(urgency__gt=0, then=counted), default=Value(0), output_field=IntegerField())


def _given_at(at: datetime) -> Subquery:
    """Return how many codes had left the stock then, by the latest reading before it."""
    readings = StockReading.objects.filter(pool=OuterRef("pk"), at__lte=at, at__gt=at - timedelta(days=RATE_DAYS + 1))
    is_one_time = Q(pool__kind=CodePool.Kind.ONE_TIME)
    given = F("assigned") + Case(When(is_one_time, then=F("used")), default=Value(0))
    return Subquery(readings.annotate(given=given).order_by("-at").values("given")[:1])


def _attention(row: Any, at: datetime) -> Attention:
    marks = [(at - days * DAY, getattr(row, f"given_{days}")) for days in range(RATE_DAYS, -1, -1)]
    per_day = rate_per_day(row, row.used_lately, [(when, given) for when, given in marks if given is not None], at=at)
    return Attention(
        pool=row,
        in_stock=row.in_stock,
        waiting=row.waiting,
        used_today=row.used_today,
        per_day=per_day,
        runs_dry_on=runs_dry_on(row.in_stock, per_day, at=at),
    )
