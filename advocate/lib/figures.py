"""Key figures as cards of Overview show them; each costs one count that stops at a limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from advocate.lib.capped import capped_count


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name, and the page that lists what it counts."""

    label: str | Promise
    value: str
    url: str = ""


def counted(rows: QuerySet[Any]) -> str:
    """Return how many rows there are, for people; what is beyond the limit is not counted."""
    return capped_count(rows).text
