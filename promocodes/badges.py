from __future__ import annotations

from django.utils.translation import gettext as _

from advocate.lib.admin import Badge
from advocate.lib.admin.parts import Kind
from promocodes.models import CodePool, PromoCode

State = PromoCode.State

# What can be shared is green, what did its work is blue; what is over is red.
KINDS: dict[int, Kind] = {
    State.STOCK: "neutral",
    State.ASSIGNED: "success",
    State.USED: "info",
    State.WITHDRAWN: "danger",
    State.EXPIRED: "danger",
    State.SHARED: "warning",
}


def state_badge(code: PromoCode) -> Badge:
    """Return where a code is, in a word or two."""
    return Badge(code.get_state_display(), KINDS.get(code.state, "neutral"))


def kind_text(code: PromoCode) -> str:
    """Return whether one friend uses a code or many."""
    return str((CodePool.Kind.MULTI_USE if code.is_multi_use else CodePool.Kind.ONE_TIME).label)


def pool_badge(pool: CodePool) -> Badge:
    """Return whether advocates get codes of a pool."""
    return Badge(_("On"), "success") if pool.is_on else Badge(_("Not switched on"))


def stock_badge(pool: CodePool, *, in_stock: int, waiting: int) -> Badge | None:
    """Return a warning where the stock is low or empty; before it is switched on, nobody misses codes."""
    if not pool.is_on:
        return None
    if not in_stock:
        return Badge(_("Empty"), "danger") if pool.misses_codes(waiting=waiting > 0) else None
    is_low = pool.notify_at is not None and in_stock <= pool.notify_at
    return Badge(_("Low"), "warning") if is_low else None
