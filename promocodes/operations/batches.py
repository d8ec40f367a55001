"""The batches of codes that came one by one: each pool has one for each such source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db.models import F, Value
from django.db.models.functions import Coalesce, Greatest, Least
from django.utils.translation import gettext_lazy as _

from promocodes.models import CodeBatch, CodePool

Source = CodeBatch.Source
NAMES: Final = {Source.MANUAL: _("Added by hand"), Source.NAMES: _("Made from names")}


def only_batch(pool: CodePool, source: CodeBatch.Source, *, at: datetime) -> CodeBatch:
    """Return the pool's batch of codes from this source, which it makes with the first of them."""
    defaults = {"name": str(NAMES[source]), "created_at": at}
    batch, _is_new = CodeBatch.objects.get_or_create(pool=pool, source=source, defaults=defaults)
    return batch


def note_added(batch: CodeBatch, ids: Sequence[int]) -> None:
    """Note that codes with these ids have come into the batch; its row is locked from then on."""
    if ids:
        CodeBatch.objects.filter(pk=batch.pk).update(
            code_count=F("code_count") + len(ids),
            first_id=Least(Coalesce(F("first_id"), Value(min(ids))), Value(min(ids))),
            last_id=Greatest(Coalesce(F("last_id"), Value(max(ids))), Value(max(ids))),
        )
