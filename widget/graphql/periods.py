from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from django.utils import timezone

from api.errors import bad_request

ModelT = TypeVar("ModelT", bound=Model)
DAY: Final = timedelta(days=1)


def within(rows: QuerySet[ModelT], field: str, timeframe: Any, at: datetime) -> QuerySet[ModelT]:
    """
    Return the rows whose instant lies in a period such as ``this_month``, in the company's time zone.

    :raises ApiError: if there is no such period
    """
    if timeframe is None:
        return rows
    midnight = timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)
    starts = {
        "today": midnight,
        "this_week": midnight - midnight.weekday() * DAY,
        "this_month": midnight.replace(day=1),
        "this_year": midnight.replace(month=1, day=1),
    }
    if timeframe not in starts:
        raise bad_request(f"A timeframe is one of {', '.join(starts)}.")
    return rows.filter(**{f"{field}__gte": starts[timeframe]})
