"""Many counts in one query, each of which stops at a limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from advocate.lib.db import Select


def counts_up_to(limit: int, rows: Sequence[QuerySet[Any]]) -> list[int]:
    """Count each of some queries' rows, ``limit`` and one more at most; an index that has only these rows serves."""
    if not rows:
        return []
    # The order, which is that of their index, makes PostgreSQL stop at the limit instead of gathering all rows first.
    ordered = [each if each.query.order_by else each.order_by("-id") for each in rows]
    selects = [Select.of(each.values("id")[: limit + 1]) for each in ordered]
    sql = " UNION ALL ".join(
        f"SELECT {place} AS place, (SELECT COUNT(*) FROM ({select.sql}) AS few) AS count"
        for place, select in enumerate(selects)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1", [value for select in selects for value in select.params])
        return [count for _place, count in cursor.fetchall()]
