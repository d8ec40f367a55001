from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import transaction

from advocate.lib import db
from promocodes.models import CodeHolder, CodePool
from promocodes.operations.holders import Lack, what_sets_lack
from promocodes.operations.stock import Pair, give_listed, lock_stock, move_first
from promocodes.operations.watching import check_stock, is_served
from promocodes.wake import SERVE, wake_after_commit

CODES_AT_ONCE: Final = 5_000
CODES_AT_ONCE_ON_SQLITE: Final = 1_000  # everybody else waits meanwhile
SERVERS: Final = 4004


@dataclass(frozen=True, slots=True)
class Given:
    """What a round gave: how many codes, and whose sets still lack some."""

    codes: int
    short: Sequence[int]


def codes_arrived(*, pool: CodePool, at: datetime) -> None:
    """Have the queue served, and the low-stock mail armed again, once the caller's transaction is committed."""
    wake_after_commit(SERVE, pool.pk)


def serve_waiting(*, pool: CodePool, at: datetime) -> int:
    """
    Give codes to those who wait, oldest first, until the queue or the stock is empty; return how many were given.

    Several may run at once: they take turns, a short transaction each.
    """
    served = 0
    goes_on = pool.is_on
    while goes_on and not is_served(pool_id=pool.pk, at=at):
        with transaction.atomic():
            given, goes_on = _serve_some(pool.pk, at)
        served += given
        db.leave_gap()
    check_stock(pool=pool, at=at)
    return served


def _serve_some(pool_id: int, at: datetime) -> tuple[int, bool]:
    """Serve the oldest of the queue; return how many codes they got, and whether there may be more to do."""
    db.take_turns(SERVERS, pool_id)
    pool = CodePool.objects.get(pk=pool_id)
    at_once = CODES_AT_ONCE if db.is_postgres() else CODES_AT_ONCE_ON_SQLITE
    people = max(at_once // pool.codes_each, 1)
    waiting = CodeHolder.objects.filter(pool=pool_id, waiting_since__isnull=False).order_by("waiting_since", "id")
    # Whoever is locked is having their set changed right now, and asks for a server if it stays short.
    ids = [holder.pk for holder in db.skip_locked(waiting)[:people]]
    given = give_to(pool=pool, lacks=what_sets_lack(ids, codes_each=pool.codes_each, at=at), at=at)
    served = set(ids) - set(given.short)
    CodeHolder.objects.filter(pk__in=served).update(waiting_since=None)
    return given.codes, bool(ids) and not given.short


def give_to(*, pool: CodePool, lacks: Sequence[Lack], at: datetime) -> Given:
    """
    Give advocates what their sets lack, the first in the list first, as far as the stock goes.

    The caller has locked their rows.
    """
    wanted = sum(lack.lacking for lack in lacks)
    start = pool.first_id or 0
    taken = lock_stock(pool_id=pool.pk, wanted=wanted, start=start, at=at) if wanted else []
    codes = iter(taken)
    pairs: list[Pair] = []
    short = []
    for lack in lacks:
        got = list(_next_codes(codes, lack))
        pairs.extend(got)
        if len(got) < lack.lacking:
            short.append(lack.holder_id)
    give_listed(pairs, at=at)
    move_first(pool_id=pool.pk, taken=taken, start=start)
    return Given(codes=len(pairs), short=short)


def _next_codes(codes: Iterator[int], lack: Lack) -> Iterator[Pair]:
    for code_id in islice(codes, lack.lacking):
        yield Pair(code_id=code_id, participant_id=lack.participant_id)
