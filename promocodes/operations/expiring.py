"""What the calendar does to codes, in sets: short transactions with gaps, so that other writers get their turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction

from advocate.lib import db
from promocodes.models import CodePool, PromoCode
from promocodes.operations.holders import lock_holders, queue_short
from promocodes.operations.serving import serve_waiting
from promocodes.operations.watching import check_stock

State = PromoCode.State
CHUNK: Final = 500  # rows in one transaction: a moment on SQLite, where everybody else waits meanwhile


def expire_codes(*, at: datetime, chunk: int = CHUNK) -> int:
    """
    Mark the codes EXPIRED whose date has passed, replace the assigned ones, and return how many there were.

    Nothing waits for it: past its date a code is neither given nor used, whether it is marked or not.
    """
    pools: set[int] = set()
    expired = _in_chunks(lambda: _expire_stock(at, chunk, pools)) + _in_chunks(
        lambda: _expire_assigned(at, chunk, pools)
    )
    for pool in CodePool.objects.filter(pk__in=pools):
        serve_waiting(pool=pool, at=at)
        check_stock(pool=pool, at=at)
    return expired


def _in_chunks(expire: Callable[[], int]) -> int:
    total = 0
    while expired := expire():
        total += expired
        db.leave_gap()
    return total


@transaction.atomic
def _expire_stock(at: datetime, chunk: int, pools: set[int]) -> int:
    overdue = PromoCode.objects.filter(state=State.STOCK, expires_at__lte=at).order_by("expires_at")
    found = list(db.skip_locked(overdue.only("id", "pool_id"))[:chunk])
    pools.update(code.pool_id for code in found if code.pool_id)
    ids = [code.pk for code in found]
    return PromoCode.objects.filter(pk__in=ids, state=State.STOCK).update(state=State.EXPIRED)


@transaction.atomic
def _expire_assigned(at: datetime, chunk: int, pools: set[int]) -> int:
    """Expire assigned codes of one pool and queue their advocates, who are served right after."""
    overdue = PromoCode.objects.filter(state=State.ASSIGNED, expires_at__lte=at)
    first = overdue.order_by("expires_at").values_list("pool_id", flat=True).first()
    if first is None:
        return 0
    found = list(overdue.filter(pool=first).order_by("expires_at").values_list("pk", "participant_id")[:chunk])
    holders = lock_holders(pool_id=first, participant_ids=sorted({person for _pk, person in found if person}))
    expired = overdue.filter(pk__in=[pk for pk, _person in found]).update(state=State.EXPIRED)
    codes_each = CodePool.objects.values_list("codes_each", flat=True).get(pk=first)
    queue_short([holder.pk for holder in holders], codes_each=codes_each, at=at)
    pools.add(first)
    return expired
