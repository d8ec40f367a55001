"""Making multi-use codes from advocates' names: one for each, in sets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Final

from django.db import connection

from advocate.lib import db
from programs.models import Participant
from promocodes.models import CodeBatch, CodePool
from promocodes.operations.batches import note_added, only_batch
from promocodes.operations.name_patterns import NamePattern
from promocodes.operations.stock import SECURE, Pair

# In the order of the index, so that two who add the same codes wait for each other and not in a circle.
ADD: Final = """
    INSERT INTO promocodes_promocode
        (pool_id, batch_id, code, state, is_multi_use, is_extra, use_count, participant_id, assigned_at)
    SELECT %(pool)s, %(batch)s, v0, 1, TRUE, FALSE, 0, v1, {at} FROM {listed} AS made WHERE TRUE
    ORDER BY lower(v0) ON CONFLICT (lower(code)) DO NOTHING RETURNING id, participant_id
"""


def make_named_codes(
    *, pool: CodePool, participant_ids: Sequence[int], at: datetime, rng: Random = SECURE
) -> list[Pair]:
    """
    Make a code from the name of each of these advocates, whose rows the caller has locked, and return what each got.

    The index of all codes decides whose a text is; who comes second gets the next best one.
    """
    if not participant_ids:
        return []
    pattern = NamePattern.of(pool.name_pattern)
    people = Participant.objects.filter(pk__in=participant_ids).values_list("pk", "first_name", "last_name")
    missing = {pk: pattern.texts(first_name=first, last_name=last, rng=rng) for pk, first, last in people}
    batch = only_batch(pool, CodeBatch.Source.NAMES, at=at)
    made: list[Pair] = []
    while texts := _next_texts(missing):
        added = _add(batch, texts, at)
        made += added
        for pair in added:
            del missing[pair.participant_id]
    note_added(batch, [pair.code_id for pair in made])
    return made


def _next_texts(missing: dict[int, Iterator[str]]) -> list[tuple[str, int]]:
    """Return the next text for each person, and leave out whoever has none left."""
    texts = [(text, pk) for pk, texts in missing.items() if (text := next(texts, ""))]
    for pk in missing.keys() - {pk for _text, pk in texts}:
        del missing[pk]
    return texts


def _add(batch: CodeBatch, texts: Sequence[tuple[str, int]], at: datetime) -> list[Pair]:
    listed = db.listed("text", "bigint").replace("%s", "%(texts)s")
    instant = "%(at)s::timestamptz" if db.is_postgres() else "%(at)s"
    values = {"pool": batch.pool_id, "batch": batch.pk, "texts": json.dumps(texts), "at": db.instant_param(at)}
    with connection.cursor() as cursor:
        cursor.execute(ADD.format(listed=listed, at=instant), values)
        return [Pair(code_id, participant_id) for code_id, participant_id in cursor.fetchall()]
