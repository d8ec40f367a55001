"""Promo codes for measurements: one pool, four batches, half of them given, a tenth of those used, some copied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection

from advocate.lib.clock import now
from advocate.lib.db import analyze, batches, instant_param, load_rows
from programs.models import Participant, Program
from promocodes.models import CodeBatch, CodeHolder, CodePool, CodeUse, PromoCode
from promocodes.operations.readings import take_readings

HOLDERS = """
    INSERT INTO promocodes_codeholder (pool_id, participant_id, joined_at)
    SELECT pool_id, participant_id, %s FROM promocodes_promocode WHERE participant_id IS NOT NULL GROUP BY 1, 2
"""
START = datetime(2025, 1, 1, tzinfo=UTC)
BATCHES = 4
EACH = 5
CHUNK = 20_000
COLUMNS = (
    "id",
    "pool",
    "batch",
    "code",
    "state",
    "is_multi_use",
    "is_extra",
    "participant",
    "use_count",
    "assigned_at",
    "copied_at",
    "used_at",
    "withdrawn_at",
)


def load_codes(count: int) -> None:
    """Fill a database of participants with ``count`` codes; ten of them are withdrawn."""
    program = Program.objects.order_by("pk")[0]
    people = Participant.objects.count()
    first = (PromoCode.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    extent = {"first_id": first, "last_id": first + count - 1}
    pool = CodePool.objects.create(
        program=program, notify_at=1_000, switched_on_at=START, on_widgets=True, stock_level="low", **extent
    )
    size = count // BATCHES
    made = [
        CodeBatch.objects.create(
            pool=pool, name=f"Batch {turn}", code_count=size, first_id=start, last_id=start + size - 1, created_at=START
        )
        for turn, start in enumerate(range(first, first + size * BATCHES, size))
    ]
    for chunk in batches(_codes(first, size, pool, made, people), CHUNK):
        load_rows(PromoCode, COLUMNS, chunk)
        load_rows(CodeUse, ("code", "key", "friend", "at"), _uses(chunk, people))
    with connection.cursor() as cursor:
        cursor.execute(HOLDERS, [instant_param(START)])
    for model in (PromoCode, CodeUse, CodeHolder):
        analyze(model)
    take_readings(at=now())


def _codes(first: int, size: int, pool: CodePool, made: list[CodeBatch], people: int) -> Iterator[tuple[object, ...]]:
    for number in range(size * len(made)):
        scattered = hashlib.sha256(str(number).encode()).hexdigest()
        at = START + timedelta(seconds=number)
        state = _state(number, int(scattered[:4], 16))
        is_given = state != PromoCode.State.STOCK
        is_used = state == PromoCode.State.USED
        yield (
            first + number,
            pool.pk,
            made[number // size].pk,
            f"{scattered[:8].upper()}-{number}",
            int(state),
            False,
            False,
            number // EACH % people + 1 if is_given else None,
            int(is_used),
            at if is_given else None,
            at if is_given and number % 4 == 0 else None,
            at if is_used else None,
            at if state == PromoCode.State.WITHDRAWN else None,
        )


def _state(number: int, drawn: int) -> PromoCode.State:
    if number % 100_000 == 0:
        return PromoCode.State.WITHDRAWN
    if drawn % 2:
        return PromoCode.State.STOCK
    return PromoCode.State.USED if drawn % 20 == 0 else PromoCode.State.ASSIGNED


def _uses(codes: list[tuple[object, ...]], people: int) -> Iterator[tuple[object, ...]]:
    used = PromoCode.State.USED
    return ((row[0], f"order-{row[0]}", hash(row[0]) % people + 1, row[11]) for row in codes if row[4] == used)
