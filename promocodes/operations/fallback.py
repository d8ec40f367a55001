"""The code that everybody is shown while the stock of their program is empty."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models.functions import Lower

from advocate.lib.prefixes import ascii_lower
from programs.operations import CodeTaken
from promocodes.models import CodePool, PromoCode
from promocodes.operations.by_hand import add_by_hand

State: Final = PromoCode.State


def claim_fallback(*, pool: CodePool, text: str, at: datetime) -> PromoCode:
    """
    Return the pool's fallback code with this text, made in the batch of codes added by hand if it is new.

    One that the pool had before is taken up again: it has worked all the time.

    :raises CodeTaken: if the text is another code
    :raises InvalidValue: if no code can be called so
    """
    earlier = PromoCode.objects.alias(folded=Lower("code")).filter(folded=ascii_lower(text)).first()
    if earlier is not None and (earlier.pool_id, earlier.state) == (pool.pk, State.SHARED):
        return earlier
    try:
        return add_by_hand(PromoCode(code=text, state=State.SHARED, is_multi_use=True), pool=pool, at=at)
    except CodeTaken as error:
        raise CodeTaken(field="fallback", taken=text) from error
