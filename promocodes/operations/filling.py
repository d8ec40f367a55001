from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from django.db import transaction

from programs.models import Participant, Program, ReferralCode
from promocodes.models import CodeHolder, CodePool
from promocodes.operations.holders import SetState, lock_or_add_holder, set_state
from promocodes.operations.naming import make_named_codes
from promocodes.operations.stock import SECURE, give_from_stock, random_place
from promocodes.operations.watching import Watched, watch_after_commit


@dataclass(frozen=True, slots=True)
class Filled:
    """How many codes an advocate was given, and how many their set still lacks."""

    given: int
    lacking: int


@transaction.atomic
def fill_set(*, pool: CodePool, participant: Participant, at: datetime, rng: Random = SECURE) -> Filled:
    """
    Give an advocate the codes that their set lacks, as far as the stock goes; the rest they wait for.

    Who comes while others wait queues behind them. The blocked get none.
    """
    holder = lock_or_add_holder(pool_id=pool.pk, participant_id=participant.pk, at=at)
    return fill_locked(holder, at=at, rng=rng)


def give_to_newcomer(*, participant: Participant, program: Program, at: datetime) -> None:
    """Give who joined a program their set of codes, if the program has promo codes."""
    pool = CodePool.objects.filter(program=program, switched_on_at__isnull=False).first()
    if pool is not None:
        fill_set(pool=pool, participant=participant, at=at)


def give_to_unblocked(*, participant: Participant, at: datetime) -> None:
    """Give who is no longer blocked the codes that their sets lack, in each program that they are an advocate of."""
    own = ReferralCode.objects.filter(participant=participant, is_primary=True).values("program")
    for pool in CodePool.objects.filter(program__in=own, switched_on_at__isnull=False).order_by("pk"):
        fill_set(pool=pool, participant=participant, at=at)


def fill_locked(holder: CodeHolder, *, at: datetime, rng: Random = SECURE) -> Filled:
    """Fill the set of an advocate whose row the caller's transaction has locked."""
    state = set_state(pool_id=holder.pool_id, participant_id=holder.participant_id, at=at)
    taken = _take(holder, state, at=at, rng=rng) if state.lacking else []
    lacking = max(state.lacking - len(taken), 0)
    _note_waiting(holder, is_waiting=lacking > 0, at=at)
    watched = Watched(pool_id=holder.pool_id, notify_at=state.notify_at, level=state.level)
    watch_after_commit(watched, taken=() if state.is_named else taken, is_short=lacking > 0, at=at)
    return Filled(given=len(taken), lacking=lacking)


def _take(holder: CodeHolder, state: SetState, *, at: datetime, rng: Random) -> list[int]:
    """Return the codes that the advocate now has: one made from their name, or what the stock and the queue leave."""
    if state.is_named:
        pool = CodePool.objects.get(pk=holder.pool_id)
        made = make_named_codes(pool=pool, participant_ids=[holder.participant_id], at=at, rng=rng)
        return [pair.code_id for pair in made]
    if state.others_wait:
        return []
    return give_from_stock(
        pool_id=holder.pool_id,
        participant_id=holder.participant_id,
        wanted=state.lacking,
        start=random_place(state.first_id, state.last_id, rng),
        at=at,
    )


def _note_waiting(holder: CodeHolder, *, is_waiting: bool, at: datetime) -> None:
    """Keep the place of who waits already: the queue goes by the time at which the waiting began."""
    if is_waiting is (holder.waiting_since is None):
        holder.waiting_since = at if is_waiting else None
        CodeHolder.objects.filter(pk=holder.pk).update(waiting_since=holder.waiting_since)
