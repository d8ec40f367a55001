from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, QuerySet

from advocate.lib import db
from jobs.models import Job
from jobs.types import ImportType

REMOVED_AT_ONCE: Final = 20_000


def rows_of(job: Job, import_type: ImportType) -> QuerySet[Any]:
    """Return the job's staged rows."""
    return import_type.staged.objects.filter(job=job)


def remove_staged(job: Job, import_type: ImportType, *, between: Callable[[], None] | None = None) -> None:
    """
    Delete the job's staged rows, a stretch at a time.

    ``between`` is called in the transaction of each: what it raises undoes the stretch, so that a worker which has
    lost the job deletes nothing that its successor has staged.
    """
    rows = rows_of(job, import_type)
    last = rows.aggregate(last=Max("row_no"))["last"] or 0
    for upper in range(REMOVED_AT_ONCE, last + REMOVED_AT_ONCE, REMOVED_AT_ONCE):
        with transaction.atomic():
            rows.filter(row_no__lte=upper).delete()
            if between is not None:
                between()
        db.leave_gap()
