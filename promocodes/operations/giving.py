from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from random import Random
from typing import Final

from django.db import transaction

from programs.models import Participant
from programs.operations import CodeTaken
from promocodes.models import CodePool, PromoCode
from promocodes.operations.by_hand import add_by_hand
from promocodes.operations.errors import ParticipantBlocked, PoolIsOff, StockEmpty
from promocodes.operations.stock import SECURE, give_from_stock, random_place
from promocodes.operations.watching import Watched, watch_after_commit
from team import audit
from team.audit import Actor, Change

# Without look-alikes; ten of these 31 are more than 49 bits, so that nobody guesses a code.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
GENERATED_LENGTH: Final = 10
TRIES: Final = 5


class CodeOrigin(StrEnum):
    """Where a code that is given by hand comes from."""

    POOL = "pool"
    TYPED = "typed"
    GENERATED = "generated"


@transaction.atomic
def give_code(
    *,
    pool: CodePool,
    participant: Participant,
    origin: CodeOrigin,
    text: str = "",
    by: Actor,
    at: datetime,
    rng: Random = SECURE,
) -> PromoCode:
    """
    Give a participant a code beyond their set, from the stock, typed (``text``) or generated, and return it.

    :raises PoolIsOff: if the program gives no promo codes yet
    :raises ParticipantBlocked: if the participant is blocked
    :raises StockEmpty: if it is to come from the stock and there is none
    :raises InvalidValue: if ``text`` cannot be a code
    :raises CodeTaken: if there is a code with that text
    """
    current = CodePool.objects.select_related("program").get(pk=pool.pk)
    if not current.is_on:
        raise PoolIsOff(program=str(current.program))
    # Nobody blocks or deletes them from here on: no foreign key keeps who has codes beyond a set alone.
    if Participant.objects.select_for_update(no_key=True).get(pk=participant.pk).is_blocked:
        raise ParticipantBlocked(name=str(participant))
    if origin == CodeOrigin.POOL:
        code = _from_stock(current, participant, at, rng)
    elif origin == CodeOrigin.TYPED:
        code = _add(current, participant, text.strip(), at)
    else:
        code = _generated(current, participant, at, rng)
    changes = {"participant": Change(None, str(participant))}
    audit.record(by=by, action="promo_code.given", target=code, at=at, changes=changes)
    return code


def mark_copied(*, code: PromoCode, participant: Participant, at: datetime) -> bool:
    """Note that an advocate has copied one of their codes, and return whether it was the first time."""
    own = PromoCode.objects.filter(pk=code.pk, participant=participant, copied_at__isnull=True)
    return bool(own.update(copied_at=at))


def new_code_text(rng: Random = SECURE) -> str:
    """Return a text for a code that nobody guesses."""
    return "".join(rng.choice(ALPHABET) for _place in range(GENERATED_LENGTH))


def _from_stock(pool: CodePool, participant: Participant, at: datetime, rng: Random) -> PromoCode:
    taken = give_from_stock(
        pool_id=pool.pk,
        participant_id=participant.pk,
        wanted=1,
        start=random_place(pool.first_id, pool.last_id, rng),
        at=at,
        is_extra=True,
    )
    if not taken:
        raise StockEmpty(program=str(pool.program))
    watched = Watched(pool_id=pool.pk, notify_at=pool.notify_at, level=pool.stock_level)
    watch_after_commit(watched, taken=taken, is_short=False, at=at)
    return PromoCode.objects.get(pk=taken[0])


def _generated(pool: CodePool, participant: Participant, at: datetime, rng: Random) -> PromoCode:
    for _try in range(TRIES - 1):
        try:
            return _add(pool, participant, new_code_text(rng), at)
        except CodeTaken:
            continue
    return _add(pool, participant, new_code_text(rng), at)


def _add(pool: CodePool, participant: Participant, text: str, at: datetime) -> PromoCode:
    code = PromoCode(
        code=text,
        state=PromoCode.State.ASSIGNED,
        is_multi_use=pool.kind == CodePool.Kind.MULTI_USE,
        is_extra=True,
        participant=participant,
        assigned_at=at,
    )
    return add_by_hand(code, pool=pool, at=at)
