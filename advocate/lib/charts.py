"""Lines over time, laid out on the server: the page needs no script, and nothing is drawn by styles of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

WIDTH: Final = 600
HEIGHT: Final = 120
HEADROOM: Final = 6


@dataclass(frozen=True, slots=True)
class Point:
    """How much there was at an instant."""

    at: datetime
    value: int


@dataclass(frozen=True, slots=True)
class LineChart:
    """
    What ``components/line_chart.html`` draws: ``line`` and ``area`` are paths, ``mark_y`` the height of the mark.

    ``top`` is the greatest value of its scale. ``rows`` are the same points for its table, the newest first. Where
    points stand for whole days, ``is_daily``, their time of day is not shown.
    """

    line: str
    area: str
    top: int
    first: datetime
    last: datetime
    rows: Sequence[Point]
    mark: int | None = None
    mark_y: float | None = None
    is_daily: bool = False
    width: int = WIDTH
    height: int = HEIGHT


def line_chart(points: Sequence[Point], *, mark: int | None = None, is_daily: bool = False) -> LineChart | None:
    """Lay out at least two points in their order, or nothing; ``mark`` is a value to compare them with."""
    if len(points) < 2 or points[0].at >= points[-1].at:
        return None
    first, last = points[0].at, points[-1].at
    top = max(1, mark or 0, *(point.value for point in points))
    places = [f"{_across(point.at, first, last):g} {_down(point.value, top):g}" for point in points]
    line = f"M{' L'.join(places)}"
    return LineChart(
        line=line,
        area=f"{line} L{WIDTH} {HEIGHT} L0 {HEIGHT} Z",
        top=top,
        first=first,
        last=last,
        rows=_last_of_each_day(points),
        mark=mark,
        mark_y=None if mark is None else _down(mark, top),
        is_daily=is_daily,
    )


def _across(at: datetime, first: datetime, last: datetime) -> float:
    return round((at - first) / (last - first) * WIDTH, 1)


def _down(value: int, top: int) -> float:
    return round(HEIGHT - value / top * (HEIGHT - HEADROOM), 1)


def _last_of_each_day(points: Sequence[Point]) -> list[Point]:
    by_day = {point.at.date(): point for point in points}
    return sorted(by_day.values(), key=lambda point: point.at, reverse=True)
