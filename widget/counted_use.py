"""How much a program's widgets and microsites were used lately, from what is counted each day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin.cells import number
from advocate.lib.charts import LineChart, Point, line_chart
from advocate.lib.clock import now
from programs.models import Program
from widget.counts import Counted, DailyCount
from widget.models import Display
from widget.sharing import LABELS

DAYS: Final = 30
COPIED: Final = "DIRECT"
PLACES: Final = {
    "EMBED": gettext_lazy("In the page"),
    "POPUP": gettext_lazy("Pop-up"),
    "HOSTED": gettext_lazy("Microsite"),
    "MOBILE": gettext_lazy("App"),
}
OTHER: Final = gettext_lazy("Other")
WAYS: Final[Mapping[str, str | Promise]] = {COPIED: gettext_lazy("Copied"), **LABELS}


@dataclass(frozen=True, slots=True)
class MediumLine:
    """How often it was one medium."""

    name: str | Promise
    count: int


@dataclass(frozen=True, slots=True)
class Use:
    """What was counted in ``DAYS`` days, the last of which is today."""

    shown: int
    copied: int
    shared: int
    shown_chart: LineChart | None
    given_chart: LineChart | None
    places: Sequence[MediumLine]
    ways: Sequence[MediumLine]

    @property
    def is_any(self) -> bool:
        """Say whether anything was counted."""
        return bool(self.shown or self.copied or self.shared)


def use_of(program: Program, *, at: datetime) -> Use:
    """Return how much a program's widgets and microsites were used; days are those of UTC."""
    last = at.astimezone(UTC).date()
    days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    by_day: dict[str, Counter[date]] = {kind: Counter() for kind in Counted}
    by_medium: dict[str, Counter[str]] = {kind: Counter() for kind in Counted}
    counts = DailyCount.objects.filter(program=program, day__gte=days[0], day__lte=last)
    for kind, day, medium, count in counts.values_list("kind", "day", "medium", "count"):
        by_day[kind][day] += count
        by_medium[kind][medium] += count
    shown, given = by_medium[Counted.LOADED], by_medium[Counted.SHARED]
    return Use(
        shown=shown.total(),
        copied=given[COPIED],
        shared=given.total() - given[COPIED],
        shown_chart=_chart(days, by_day[Counted.LOADED]),
        given_chart=_chart(days, by_day[Counted.SHARED]),
        places=_lines(shown, PLACES),
        ways=_lines(given, WAYS),
    )


def use_context(_request: HttpRequest, display: Display) -> Mapping[str, Any]:
    """Return what the panel of a display's program shows."""
    use = use_of(display.program, at=now())
    return {"use": use, "days": DAYS, "program": display.program, "about": _about(use)}


def _about(use: Use) -> Mapping[str, str]:
    """Return in words what the charts show."""
    given = use.copied + use.shared
    return {
        "shown": _("Shown %(count)s times in %(days)s days.") % {"count": number(use.shown), "days": DAYS},
        "given": _("Copied or shared %(count)s times in %(days)s days.") % {"count": number(given), "days": DAYS},
    }


def _chart(days: Sequence[date], counts: Mapping[date, int]) -> LineChart | None:
    return line_chart([Point(datetime.combine(day, time(), UTC), counts.get(day, 0)) for day in days], is_daily=True)


def _lines(counts: Counter[str], names: Mapping[str, str | Promise]) -> list[MediumLine]:
    """Return the media by name, the commonest first; what has no name is one line, the last."""
    known = [MediumLine(names[medium], count) for medium, count in counts.most_common() if medium in names]
    other = sum(count for medium, count in counts.items() if medium not in names)
    return [*known, MediumLine(OTHER, other)] if other else known
