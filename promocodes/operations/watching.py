"""How much is left: one mail when the stock reaches the number, one when it is empty, armed again when it rises."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import DatabaseError, transaction

from promocodes.emails import owe_low_stock_mail
from promocodes.models import CodeHolder, CodePool
from promocodes.operations.stock import count_stock
from promocodes.wake import CHECK, SERVE, wake_worker

logger = logging.getLogger(__name__)

Level = CodePool.StockLevel
LOWER: Final = {Level.ENOUGH: 0, Level.LOW: 1, Level.EMPTY: 2}
LOOKS_ON_THE_WAY_DOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Watched:
    """What an assignment knew of its pool."""

    pool_id: int
    notify_at: int | None
    level: str


def watch_after_commit(watched: Watched, *, taken: Sequence[int], is_short: bool, at: datetime) -> None:
    """
    Have the stock looked at after an assignment, on some of them only, and always after one that got too little.

    Counting on each would halve the rate of assignments; the periodic look finds whatever falls between.
    """
    every = max((watched.notify_at or 0) // LOOKS_ON_THE_WAY_DOWN, 1)
    if is_short or (watched.notify_at and any(code_id % every == 0 for code_id in taken)):
        look_after_commit(watched, is_short=is_short, at=at)


def look_after_commit(watched: Watched, *, is_short: bool, at: datetime) -> None:
    """Have the stock looked at once the caller's transaction is committed."""
    transaction.on_commit(partial(_look_after_all, watched, is_short, at))


def check_stock(*, pool: CodePool, at: datetime) -> str:
    """
    Note the level of the pool's stock and owe the mail where it has fallen; return the level.

    However many look at once, one of them moves the level and owes the mail.
    """
    seen = CodePool.objects.get(pk=pool.pk)
    level = _level(seen, at)
    if not seen.is_on or level == seen.stock_level:
        return level
    with transaction.atomic():
        if not CodePool.objects.filter(pk=pool.pk, stock_level=seen.stock_level).update(stock_level=level):
            return level
        # The level is ours now; codes that came since then must not be told of as missing.
        if _level(seen, at) != level:
            transaction.set_rollback(True)
        elif LOWER[Level(level)] > LOWER[Level(seen.stock_level)]:
            seen.stock_level = level
            owe_low_stock_mail(pool=seen, level=level, at=at)
    return level


def is_served(*, pool: CodePool, at: datetime) -> bool:
    """Say whether nobody waits for a code that is there, or could be made."""
    waiting = CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False)
    return not (waiting.exists() and (pool.name_pattern or count_stock(pool_id=pool.pk, limit=1, at=at)))


def _level(pool: CodePool, at: datetime) -> str:
    if pool.name_pattern:
        return Level.ENOUGH  # its codes are made
    return level_of(count_stock(pool_id=pool.pk, limit=(pool.notify_at or 0) + 1, at=at), pool.notify_at)


def level_of(in_stock: int, notify_at: int | None) -> str:
    """Return the level that so many codes are; without a number to reach there is only enough, or nothing."""
    if not in_stock:
        return Level.EMPTY
    return Level.LOW if notify_at and in_stock <= notify_at else Level.ENOUGH


def _look_after_all(watched: Watched, is_short: bool, at: datetime) -> None:
    """Look at the stock; the assignment is committed, so that no trouble here may make it look failed."""
    try:
        _look(watched, is_short, at)
    except DatabaseError:
        logger.exception("codes.look_failed pool=%s", watched.pool_id)


def _look(watched: Watched, is_short: bool, at: datetime) -> None:
    in_stock = count_stock(pool_id=watched.pool_id, limit=(watched.notify_at or 0) + 1, at=at)
    if level_of(in_stock, watched.notify_at) != watched.level:
        wake_worker(CHECK, watched.pool_id)
    if is_short and in_stock:
        wake_worker(SERVE, watched.pool_id)
