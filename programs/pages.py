"""Long lists inside panels, a page at a time, that count nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest

Item = TypeVar("Item")
ROWS = 25
LAST_PAGE = 40


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows of a longer list, and the addresses of the rows before and after."""

    rows: Sequence[Item]
    newer_url: str = ""
    older_url: str = ""
    goes_further: bool = False


def page_number(request: HttpRequest) -> int:
    """Return the page asked for, within the pages that there can be."""
    asked = request.GET.get("p", "1")
    return min(max(int(asked), 1), LAST_PAGE) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1


def paged(request: HttpRequest, tab: str, rows: Sequence[Item]) -> Page[Item]:
    """Return a page from its rows and one more, which tells that there is another page."""
    number = page_number(request)
    more = len(rows) > ROWS
    return Page(
        rows=rows[:ROWS],
        newer_url=f"?tab={tab}&p={number - 1}" if number > 1 else "",
        older_url=f"?tab={tab}&p={number + 1}" if more and number < LAST_PAGE else "",
        goes_further=more and number == LAST_PAGE,
    )


def page_of(request: HttpRequest, tab: str, found: QuerySet[Any]) -> Page[Any]:
    """Return the page of a query that the request asks for; it counts nothing."""
    skip = (page_number(request) - 1) * ROWS
    return paged(request, tab, list(found[skip : skip + ROWS + 1]))
