"""What a program's page and a pool's page show of the stock of promo codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from advocate.lib.admin.parts import Badge
from advocate.lib.clock import now
from advocate.lib.panels import Panel, register_panel
from programs.models import Program
from promocodes.emails import upload_url
from promocodes.models import CodePool
from promocodes.stock_view import stock_context, stock_view

Level = CodePool.StockLevel
VIEW = "promocodes.view_codepool"


def promo_codes(request: HttpRequest, program: Program) -> Mapping[str, Any]:
    """Return how the program's promo codes are set up and how their stock is."""
    user: Any = request.user
    found = CodePool.objects.select_related("program", "fallback").filter(program=program).first()
    context: dict[str, Any] = {
        "pool": found,
        "may_change": user.has_perm("promocodes.change_codepool"),
        "upload_url": upload_url(found) if found and user.has_perm("promocodes.add_promocode") else "",
        "badge": Badge(_("Not set up")),
    }
    if found is None:
        return context
    stock = stock_view(found, at=now())
    return {**context, "stock": stock, "badge": _badge(found, stock.level)}


def stock_of_pool(_request: HttpRequest, pool: CodePool) -> Mapping[str, Any]:
    """Return the figures and the chart for a pool's own page."""
    return stock_context(pool, at=now())


def _badge(pool: CodePool, level: str) -> Badge:
    if not pool.is_on:
        return Badge(_("Not switched on"))
    if level == Level.ENOUGH:
        return Badge(_("On"), "success")
    return Badge(_("Empty"), "danger") if level == Level.EMPTY else Badge(_("Low"), "warning")


def register() -> None:
    """Add the panels to their pages."""
    page = Panel("program", "promo-codes", "promocodes/panels/promo_codes.html", promo_codes, "", VIEW, 30, wide=True)
    register_panel(page)
    register_panel(Panel("code-pool", "stock", "promocodes/panels/stock.html", stock_of_pool, "", VIEW, 10, wide=True))
