from __future__ import annotations

import calendar
from datetime import datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class Period(models.TextChoices):
    """What a length of time is counted in."""

    DAYS = "DAYS", _("days")
    MONTHS = "MONTHS", _("months")
    YEARS = "YEARS", _("years")


def later(start: datetime, count: int, period: str) -> datetime:
    """
    Return the instant ``count`` days, months or years after ``start``.

    A month later than the 31st is the last day of a shorter month, as people expect of a date on a voucher.
    """
    if period == Period.DAYS:
        return start + timedelta(days=count)
    months = count * (12 if period == Period.YEARS else 1)
    year, month_index = divmod(start.year * 12 + start.month - 1 + months, 12)
    last_day = calendar.monthrange(year, month_index + 1)[1]
    return start.replace(year=year, month=month_index + 1, day=min(start.day, last_day))


def period_text(count: int, period: str) -> str:
    """Return a length of time in words."""
    texts = {
        Period.DAYS: ngettext("%(count)s day", "%(count)s days", count),
        Period.MONTHS: ngettext("%(count)s month", "%(count)s months", count),
        Period.YEARS: ngettext("%(count)s year", "%(count)s years", count),
    }
    return texts[Period(period)] % {"count": count}
