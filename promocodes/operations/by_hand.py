"""Single codes that people add: each pool has one batch of them."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext as _

from programs.operations import CodeTaken
from programs.operations.checks import check_values
from promocodes.models import CodeBatch, CodePool, PromoCode


def add_by_hand(code: PromoCode, *, pool: CodePool, at: datetime) -> PromoCode:
    """
    Put one code into the pool's batch of codes added by hand and return it.

    :raises InvalidValue: if its text cannot be a code
    :raises CodeTaken: if there is a code with that text
    """
    code.pool = pool
    code.batch = _batch(pool, at)
    check_values(code, names={"code"})
    try:
        # The index decides, which also holds the referral codes: whoever looked first could be overtaken.
        with transaction.atomic():
            code.save(force_insert=True)
    except IntegrityError as error:
        raise CodeTaken(taken=code.code) from error
    CodeBatch.objects.filter(pk=code.batch.pk).update(
        code_count=F("code_count") + 1,
        first_id=Least(Coalesce(F("first_id"), Value(code.pk)), Value(code.pk)),
        last_id=Greatest(Coalesce(F("last_id"), Value(code.pk)), Value(code.pk)),
    )
    return code


def _batch(pool: CodePool, at: datetime) -> CodeBatch:
    batch, _is_new = CodeBatch.objects.get_or_create(
        pool=pool,
        source=CodeBatch.Source.MANUAL,
        defaults={"name": _("Added by hand"), "created_at": at},
    )
    return batch
