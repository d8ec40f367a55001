"""Many counts in one query, each of which stops at a limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from advocate.lib.db import Select


@dataclass(frozen=True, slots=True)
class UpTo:
    """Rows to count, up to a limit."""

    limit: int
    rows: QuerySet[Any]


def counts_up_to(parts: Sequence[UpTo]) -> list[int]:
    """Count the rows of each part, its limit and one more at most; an index that has only these rows serves."""
    if not parts:
        return []
    selects = [Select.of(_ordered(part.rows).values("id")[: part.limit + 1]) for part in parts]
    sql = " UNION ALL ".join(
        f"SELECT {place} AS place, (SELECT COUNT(*) FROM ({select.sql}) AS few) AS count"
        for place, select in enumerate(selects)
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY 1", [value for select in selects for value in select.params])
        return [count for _place, count in cursor.fetchall()]


def _ordered(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Name the order of the rows' index: then PostgreSQL stops at the limit instead of gathering all rows first."""
    return rows if rows.query.order_by else rows.order_by("-id")
