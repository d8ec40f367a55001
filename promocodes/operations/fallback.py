"""The code that everybody is shown while the stock of their program is empty."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest, Least, Lower
from django.utils.translation import gettext as _

from programs.operations import CodeTaken
from programs.operations.checks import check_values
from programs.queries import ascii_lower
from promocodes.models import CodeBatch, CodePool, PromoCode

State: Final = PromoCode.State


def claim_fallback(*, pool: CodePool, text: str, at: datetime) -> PromoCode:
    """
    Return the pool's fallback code with this text, made in the batch of codes added by hand if it is new.

    One that the pool had before is taken up again: it has worked all the time.

    :raises CodeTaken: if the text is another code
    :raises InvalidValue: if no code can be called so
    """
    earlier = _code(text)
    if earlier is not None:
        if (earlier.pool_id, earlier.state) != (pool.pk, State.SHARED):
            raise CodeTaken(field="fallback", taken=text)
        return earlier
    batch = manual_batch(pool=pool, at=at)
    made = PromoCode(pool=pool, batch=batch, code=text, state=State.SHARED, is_multi_use=True)
    check_values(made, names={"code"})
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        if _code(text) is None:
            raise
        raise CodeTaken(field="fallback", taken=text) from error
    CodeBatch.objects.filter(pk=batch.pk).update(
        code_count=F("code_count") + 1,
        first_id=Least(Coalesce(F("first_id"), Value(made.pk)), Value(made.pk)),
        last_id=Greatest(Coalesce(F("last_id"), Value(made.pk)), Value(made.pk)),
    )
    return made


def manual_batch(*, pool: CodePool, at: datetime) -> CodeBatch:
    """Return the pool's one batch of codes that were added by hand."""
    name = _("Added by hand")
    batch, _is_new = CodeBatch.objects.get_or_create(
        pool=pool, source=CodeBatch.Source.MANUAL, defaults={"name": name, "created_at": at}
    )
    return batch


def _code(text: str) -> PromoCode | None:
    return PromoCode.objects.alias(folded=Lower("code")).filter(folded=ascii_lower(text)).first()
