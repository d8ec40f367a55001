"""How a pool's stock is shown: the same figures and chart on Program Rules and in Code Manager."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advocate.lib.admin.cells import number
from advocate.lib.charts import LineChart, Point, line_chart
from advocate.lib.east_asian import gap_after
from promocodes.models import CodePool
from promocodes.queries.pools import COUNTED, NAMES, Total
from promocodes.stock import StockFigures, figures_of, to_upload

Level = CodePool.StockLevel


@dataclass(frozen=True, slots=True)
class StockView:
    """
    What ``promocodes/stock.html`` shows: numbers in words and the chart.

    Numbers beyond ``counted`` are those of ``as_of``, if there are any such.
    """

    figures: StockFigures
    totals: Mapping[str, str]
    used_today: str
    as_of: datetime | None
    counted: int
    level: str
    per_day: str
    runs_dry: str
    warning: str
    chart: LineChart | None
    about: str
    mark_label: str


def stock_context(pool: CodePool, *, at: datetime) -> Mapping[str, Any]:
    """Return what ``promocodes/stock.html`` needs."""
    return {"pool": pool, "stock": stock_view(pool, at=at)}


def stock_view(pool: CodePool, *, at: datetime) -> StockView:
    """Return a pool's figures as they are shown."""
    figures = figures_of(pool, at=at)
    level = level_of(pool, figures)
    points = [Point(reading.at, reading.in_stock) for reading in figures.readings]
    return StockView(
        figures=figures,
        totals={name: total_text(getattr(figures.totals, name)) for name in NAMES},
        used_today=total_text(figures.used),
        as_of=figures.totals.as_of,
        counted=COUNTED,
        level=level,
        per_day=rate_text(figures.per_day),
        runs_dry=runs_dry_text(figures.runs_dry_on if figures.in_stock else None, is_dry=level == Level.EMPTY),
        warning=_warning(pool, figures),
        chart=line_chart([*points, Point(at, figures.in_stock)], mark=pool.notify_at or None),
        about=_about(points, figures),
        mark_label=_("Notify at %(count)s") % {"count": number(pool.notify_at)} if pool.notify_at else "",
    )


def level_of(pool: CodePool, figures: StockFigures) -> str:
    """Return whether there is enough as the page finds it, which is sooner than it is told by mail."""
    if not figures.in_stock:
        return Level.EMPTY if pool.misses_codes(waiting=figures.waiting > 0) else Level.ENOUGH
    return Level.LOW if pool.notify_at and figures.in_stock <= pool.notify_at else Level.ENOUGH


def total_text(total: Total) -> str:
    """Return a number with the reader's separators, and a plus where there are more."""
    return number_format(total.value, force_grouping=True) + "+" * total.is_more


def rate_text(per_day: float) -> str:
    """Return how much leaves the stock on a day; one digit of a fraction is enough."""
    rate = round(per_day, 1)
    return number_format(rate, decimal_pos=0 if rate == int(rate) else 1, force_grouping=True)


def runs_dry_text(day: date | None, *, is_dry: bool) -> str:
    """Return the day on which the stock will be gone, in words."""
    if is_dry:
        return _("It is empty now")
    return _("Not in sight") if day is None else date_format(day, "DATE_FORMAT")


def advice_text(pool: CodePool, figures: StockFigures) -> str:
    """Return how many codes to upload, as a sentence."""
    count = to_upload(pool, figures)
    if figures.per_day:
        text = ngettext(
            "With %(count)s more code the stock lasts about 30 days.",
            "With %(count)s more codes the stock lasts about 30 days.",
            count,
        )
    else:
        text = ngettext(
            "Upload at least %(count)s code, so that there are enough again.",
            "Upload at least %(count)s codes, so that there are enough again.",
            count,
        )
    return text % {"count": number_format(count, force_grouping=True)}


def _warning(pool: CodePool, figures: StockFigures) -> str:
    state = _state(pool, figures) if pool.is_on else ""
    return f"{state}{gap_after(state)}{advice_text(pool, figures)}" if state else ""


def _state(pool: CodePool, figures: StockFigures) -> str:
    if figures.waiting:
        waiting = ngettext(
            "%(count)s advocate waits for codes and gets them as soon as you upload some, the oldest first.",
            "%(count)s advocates wait for codes and get them as soon as you upload some, the oldest first.",
            figures.waiting,
        )
        return waiting % {"count": total_text(figures.totals.waiting)}
    level = level_of(pool, figures)
    if level == Level.ENOUGH:
        return ""
    return _("The stock is empty.") if level == Level.EMPTY else _("The stock is low.")


def _about(points: list[Point], figures: StockFigures) -> str:
    if not points:
        return ""
    return _("It went from %(first)s to %(now)s codes; at most there were %(most)s.") % {
        "first": number(points[0].value),
        "now": total_text(figures.totals.in_stock),
        "most": number(max(figures.in_stock, *(point.value for point in points))),
    }
