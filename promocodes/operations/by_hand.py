"""Single codes that people add: each pool has one batch of them."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from programs.operations import CodeTaken
from programs.operations.checks import check_values
from promocodes.models import CodeBatch, CodePool, PromoCode
from promocodes.operations.batches import note_added, only_batch


def add_by_hand(code: PromoCode, *, pool: CodePool, at: datetime) -> PromoCode:
    """
    Put one code into the pool's batch of codes added by hand and return it.

    :raises InvalidValue: if its text cannot be a code
    :raises CodeTaken: if there is a code with that text
    """
    code.pool = pool
    batch = only_batch(pool, CodeBatch.Source.MANUAL, at=at)
    code.batch = batch
    check_values(code, names={"code"})
    try:
        # The index decides, which also holds the referral codes: whoever looked first could be overtaken.
        with transaction.atomic():
            code.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken(taken=code.code) from error
    note_added(batch, [code.pk])
    return code
