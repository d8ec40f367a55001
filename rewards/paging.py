"""Lists inside panels, several on one page, each with a place of its own in the address; they count nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

ROWS = 25
LAST_PAGE = 40


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of lines with the addresses of the pages around it."""

    rows: Sequence[Any]
    newer_url: str = ""
    older_url: str = ""


def page_of(request: HttpRequest, name: str, rows: Any) -> Lines:
    """Return the page that the parameter ``name`` asks for, and one row more to know whether there is another."""
    asked = request.GET.get(name, "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 4 else 1
    number = min(max(number, 1), LAST_PAGE)
    found = list(rows[(number - 1) * ROWS : number * ROWS + 1])
    newer = _address(request, name, number - 1) if number > 1 else ""
    older = _address(request, name, number + 1) if len(found) > ROWS and number < LAST_PAGE else ""
    return Lines(found[:ROWS], newer, older)


def _address(request: HttpRequest, name: str, number: int) -> str:
    parameters = request.GET.copy()
    parameters[name] = str(number)
    return f"?{parameters.urlencode()}"
