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
from promocodes.models import CodePool
from promocodes.stock import StockFigures, figures_of

Level = CodePool.StockLevel


@dataclass(frozen=True, slots=True)
class StockView:
    """What ``promocodes/stock.html`` shows: numbers in words and the chart."""

    figures: StockFigures
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
    points = [Point(reading.at, reading.in_stock) for reading in figures.readings]
    return StockView(
        figures=figures,
        level=level_of(pool, figures),
        per_day=rate_text(figures.per_day),
        runs_dry=runs_dry_text(figures.in_stock, figures.runs_dry_on),
        warning=_warning(pool, figures),
        chart=line_chart([*points, Point(at, figures.in_stock)], mark=pool.notify_at or None),
        about=_about(points, figures),
        mark_label=_("Notify at %(count)s") % {"count": number(pool.notify_at)} if pool.notify_at else "",
    )


def level_of(pool: CodePool, figures: StockFigures) -> str:
    """Return whether there is enough as the page finds it, which is sooner than it is told by mail."""
    if not figures.in_stock:
        # Multi-use codes may all be made from names, and then none is missing in stock.
        is_missed = figures.waiting or pool.kind == CodePool.Kind.ONE_TIME
        return Level.EMPTY if is_missed else Level.ENOUGH
    return Level.LOW if pool.notify_at and figures.in_stock <= pool.notify_at else Level.ENOUGH


def rate_text(per_day: float) -> str:
    """Return how much leaves the stock on a day; one digit of a fraction is enough."""
    rate = round(per_day, 1)
    return number_format(rate, decimal_pos=0 if rate == int(rate) else 1, force_grouping=True)


def runs_dry_text(in_stock: int, day: date | None) -> str:
    """Return the day on which the stock will be gone, in words."""
    if not in_stock:
        return _("It is empty now")
    return _("Not in sight") if day is None else date_format(day, "DATE_FORMAT")


def advice_text(figures: StockFigures) -> str:
    """Return how many codes to upload, as a sentence."""
    if figures.per_day:
        text = ngettext(
            "With %(count)s more code the stock lasts about 30 days.",
            "With %(count)s more codes the stock lasts about 30 days.",
            figures.to_upload,
        )
    else:
        text = ngettext(
            "Upload at least %(count)s code, so that there are enough again.",
            "Upload at least %(count)s codes, so that there are enough again.",
            figures.to_upload,
        )
    return text % {"count": number_format(figures.to_upload, force_grouping=True)}


def _warning(pool: CodePool, figures: StockFigures) -> str:
    if not pool.is_on:
        return ""
    advice = advice_text(figures)
    if figures.waiting:
        waiting = ngettext(
            "%(count)s advocate waits for codes and gets them as soon as you upload some, the oldest first.",
            "%(count)s advocates wait for codes and get them as soon as you upload some, the oldest first.",
            figures.waiting,
        )
        return f"{waiting % {'count': number(figures.waiting)}} {advice}"
    level = level_of(pool, figures)
    if level == Level.ENOUGH:
        return ""
    state = _("The stock is empty.") if level == Level.EMPTY else _("The stock is low.")
    return f"{state} {advice}"


def _about(points: list[Point], figures: StockFigures) -> str:
    if not points:
        return ""
    return _("It went from %(first)s to %(now)s codes; at most there were %(most)s.") % {
        "first": number(points[0].value),
        "now": number(figures.in_stock),
        "most": number(max(figures.in_stock, *(point.value for point in points))),
    }
