"""What tests ask of an advocate's codes."""

from __future__ import annotations

from promocodes.models import CodeHolder, CodePool, PromoCode
from tests.factories import stock_pool

State = PromoCode.State


def add_codes(pool: CodePool, count: int, prefix: str = "C", **fields):
    pool.refresh_from_db()
    return stock_pool(pool, *(f"{prefix}-{number}" for number in range(count)), **fields)


def held(pool, participant):
    codes = PromoCode.objects.filter(pool=pool, participant=participant, state=State.ASSIGNED, is_extra=False)
    return codes.count()


def in_stock(pool):
    return PromoCode.objects.filter(pool=pool, state=State.STOCK).count()


def waiting(pool):
    queue = CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False).order_by("waiting_since", "id")
    return [holder.participant for holder in queue.select_related("participant")]
