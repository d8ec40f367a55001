"""What the feeds of referrals and conversions can be narrowed by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from advocate.lib.clock import now
from jobs.models import Job
from programs.models import Conversion, Program, Touch, TouchOutcome

Choices = list[tuple[str, Any]]


class ChoiceFilter(admin.SimpleListFilter):
    """Narrow a list to one of a few conditions, each under a name."""

    conditions: ClassVar[dict[str, tuple[str | Promise, Q]]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the conditions by their names."""
        return [(name, label) for name, (label, _condition) in self.conditions.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what the chosen condition holds for."""
        chosen = self.conditions.get(self.value() or "")
        return queryset.filter(chosen[1]) if chosen else queryset


class ConvertedFilter(ChoiceFilter):
    """Narrow referrals by whether the friend has converted."""

    title = _("status")
    parameter_name = "status"
    conditions: ClassVar = {
        "not-converted": (_("Not converted"), Q(date_converted__isnull=True)),
        "converted": (_("Converted"), Q(date_converted__isnull=False)),
    }


class StateFilter(ChoiceFilter):
    """Narrow conversions by what came of them; a reversed one is found as such only."""

    title = _("status")
    parameter_name = "status"
    conditions: ClassVar = {
        **{status.value: (status.label, Q(status=status, reversed_at__isnull=True)) for status in Conversion.Status},
        "reversed": (_("Reversed"), Q(reversed_at__isnull=False)),
    }


class ProgramFilter(admin.SimpleListFilter):
    """Narrow a list to a program."""

    title = _("program")
    parameter_name = "program"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the programs by their names."""
        return [(str(pk), name) for pk, name in Program.objects.order_by("name", "pk").values_list("pk", "name")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what belongs to the chosen program."""
        chosen = self.value() or ""
        known = {pk for pk, _name in self.lookup_choices}
        return queryset.filter(program=int(chosen)) if chosen in known else queryset


class PeriodFilter(admin.SimpleListFilter):
    """Narrow a list to what happened in a period, by the viewer's calendar."""

    date_field = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the periods by their names."""
        return [(name, label) for name, (label, _since) in PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what happened in the chosen period."""
        chosen = PERIODS.get(self.value() or "")
        if chosen is None:
            return queryset
        first, end = chosen[1](timezone.localdate(now()))
        period = queryset.filter(**{f"{self.date_field}__gte": _midnight(first)})
        return period if end is None else period.filter(**{f"{self.date_field}__lt": _midnight(end)})


class ImportFilter(admin.SimpleListFilter):
    """Narrow referrals to those that an import made; offered only to who comes from the import's page."""

    title = _("import")
    parameter_name = "import"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        """Return the import that is asked for."""
        asked = self.value()
        if not asked:
            return []
        return list(Job.objects.filter(public_id=asked, kind=Job.Kind.IMPORT).values_list("public_id", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what the import made."""
        if not self.lookup_choices:
            return queryset
        made = Touch.objects.filter(job__public_id=self.value(), outcome=TouchOutcome.ATTRIBUTED)
        return queryset.filter(pk__in=made.values("referral"))


class StartedFilter(PeriodFilter):
    """Narrow referrals by when they started."""

    title = _("started")
    parameter_name = "started"
    date_field = "date_started"


class ConvertedInFilter(PeriodFilter):
    """Narrow referrals by when the friend converted."""

    title = _("converted")
    parameter_name = "converted"
    date_field = "date_converted"


class OrderedFilter(PeriodFilter):
    """Narrow conversions by when the order was placed."""

    title = _("ordered")
    parameter_name = "ordered"
    date_field = "happened_at"


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def _month_before(day: date) -> tuple[date, date]:
    this = day.replace(day=1)
    return (this - timedelta(days=1)).replace(day=1), this


# By name: the label, and the first day and the day after the last one.
PERIODS: dict[str, tuple[str | Promise, Callable[[date], tuple[date, date | None]]]] = {
    "today": (_("Today"), lambda day: (day, None)),
    "7-days": (_("Last 7 days"), lambda day: (day - timedelta(days=6), None)),
    "30-days": (_("Last 30 days"), lambda day: (day - timedelta(days=29), None)),
    "this-month": (_("This month"), lambda day: (day.replace(day=1), None)),
    "last-month": (_("Last month"), _month_before),
    "this-year": (_("This year"), lambda day: (day.replace(month=1, day=1), None)),
    "last-year": (
        _("Last year"),
        lambda day: (day.replace(year=day.year - 1, month=1, day=1), day.replace(month=1, day=1)),
    ),
}
