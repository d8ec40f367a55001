"""What Overview shows of promo codes: the programs whose stock wants attention, or that none does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from advocate.lib.capped import capped
from advocate.lib.clock import now
from advocate.lib.panels import Panel, register_panel
from programs.models import Program
from promocodes.attention import MOST_COUNTED, Attention, stocks
from promocodes.emails import upload_url
from promocodes.stock_view import rate_text, runs_dry_text


@dataclass(frozen=True, slots=True)
class Line:
    """A program whose stock wants attention, in words."""

    program: Program
    in_stock: str
    waiting: str
    used_today: str
    per_day: str
    runs_dry: str
    is_empty: bool
    url: str
    upload_url: str


def stocks_of_codes(request: HttpRequest, _none: object) -> Mapping[str, Any]:
    """Return the stocks that want attention; nothing where no program has promo codes."""
    found = stocks(at=now())
    user: Any = request.user
    may_upload = user.has_perm("promocodes.add_promocode")
    return {
        "stocks": found,
        "lines": [_line(one, may_upload=may_upload) for one in found.urgent],
        "url": reverse("admin:promocodes_codepool_changelist"),
    }


def _line(one: Attention, *, may_upload: bool) -> Line:
    return Line(
        program=one.pool.program,
        in_stock=_counted(one.in_stock),
        waiting=_counted(one.waiting),
        used_today=_counted(one.used_today),
        per_day=rate_text(one.per_day),
        runs_dry=runs_dry_text(one.runs_dry_on, is_dry=not one.in_stock),
        is_empty=not one.in_stock,
        url=f"{reverse('admin:programs_program_change', args=[one.pool.program_id])}#panel-promo-codes",
        upload_url=upload_url(one.pool) if may_upload else "",
    )


def _counted(count: int) -> str:
    return capped(count, MOST_COUNTED).text


def register() -> None:
    """Add the card to Overview."""
    card = Panel(
        "overview",
        "promo-codes",
        "promocodes/panels/overview.html",
        stocks_of_codes,
        permission="promocodes.view_codepool",
        order=35,
        wide=True,
    )
    register_panel(card)
