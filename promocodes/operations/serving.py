from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from django.db import transaction

from advocate.lib import db
from programs.models import Participant, Program
from promocodes.models import CodeHolder, CodePool
from promocodes.operations.holders import Lack, lock_holders, what_sets_lack
from promocodes.operations.naming import make_named_codes
from promocodes.operations.stock import Pair, give_listed, lock_stock, move_first
from promocodes.operations.watching import Watched, check_stock, is_served, look_after_commit
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
    while goes_on and not is_served(pool=pool, at=at):
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
    Give advocates what their sets lack, the first in the list first, as far as the stock goes; or make it.

    The caller has locked their rows.
    """
    if pool.name_pattern:
        return _make_for(pool, [lack for lack in lacks if lack.lacking], at)
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


def give_to_newcomers(*, participants: Sequence[Participant], program: Program, at: datetime) -> None:
    """Give those who joined a program together their sets of codes, if the program has promo codes; in their order."""
    pool = CodePool.objects.filter(program=program, switched_on_at__isnull=False).first()
    if pool is not None and participants:
        _fill_sets(pool, [participant.pk for participant in participants], at)


def _fill_sets(pool: CodePool, participant_ids: Sequence[int], at: datetime) -> None:
    """Fill sets as one after the other: who comes while others wait queues behind them, and so do the last ones."""
    others_wait = CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False).exclude(
        participant__in=participant_ids
    )
    added = [CodeHolder(pool=pool, participant_id=each, joined_at=at) for each in participant_ids]
    CodeHolder.objects.bulk_create(added, ignore_conflicts=True)
    held = lock_holders(pool_id=pool.pk, participant_ids=participant_ids)
    holders = {holder.participant_id: holder.pk for holder in held}
    lacks = what_sets_lack([holders[each] for each in participant_ids], codes_each=pool.codes_each, at=at)
    given = Given(0, [lack.holder_id for lack in lacks if lack.lacking])
    if pool.name_pattern or not others_wait.exists():
        given = give_to(pool=pool, lacks=lacks, at=at)
    CodeHolder.objects.filter(pk__in=given.short, waiting_since__isnull=True).update(waiting_since=at)
    if given.short or (given.codes and pool.notify_at and not pool.name_pattern):
        watched = Watched(pool_id=pool.pk, notify_at=pool.notify_at, level=pool.stock_level)
        look_after_commit(watched, is_short=bool(given.short), at=at)


def _make_for(pool: CodePool, lacks: Sequence[Lack], at: datetime) -> Given:
    people = [lack.participant_id for lack in lacks]
    made = {pair.participant_id for pair in make_named_codes(pool=pool, participant_ids=people, at=at)}
    return Given(codes=len(made), short=[lack.holder_id for lack in lacks if lack.participant_id not in made])


def _next_codes(codes: Iterator[int], lack: Lack) -> Iterator[Pair]:
    for code_id in islice(codes, lack.lacking):
        yield Pair(code_id=code_id, participant_id=lack.participant_id)
