"""Counts that stop at a limit, so that they stay quick however many rows there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import number_format

COUNT_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class CappedCount:
    """How many rows there are, up to the limit."""

    value: int
    is_capped: bool

    @property
    def text(self) -> str:
        """Write the number with the reader's separators, and a plus where there are more."""
        return number_format(self.value, force_grouping=True) + "+" * self.is_capped


def capped_count(rows: QuerySet[Any, Any]) -> CappedCount:
    """Count rows, ``COUNT_LIMIT`` at most."""
    return capped(rows.order_by()[: COUNT_LIMIT + 1].count(), COUNT_LIMIT)


def capped(count: int, limit: int = COUNT_LIMIT) -> CappedCount:
    """Return a count as one that stops at the limit."""
    return CappedCount(min(count, limit), count > limit)
