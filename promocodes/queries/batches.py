"""How many codes of each batch are still in stock, and how many were used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from advocate.lib.capped import COUNT_LIMIT, CappedCount, capped
from promocodes.models import CodeBatch, CodePool, PromoCode
from promocodes.queries.counting import counts_up_to

State = PromoCode.State
LEFT_THE_STOCK: Final = (State.ASSIGNED, State.USED, State.WITHDRAWN, State.EXPIRED, State.SHARED)


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How far a batch is used up."""

    in_stock: CappedCount
    used: CappedCount


def counts_of_batches(batches: Sequence[CodeBatch], *, limit: int = COUNT_LIMIT) -> Mapping[int, BatchCounts]:
    """
    Count the codes of each batch that are in stock and those that were used, ``limit`` at most, in one query.

    Where more are in stock, those that have left it tell how many, as long as they are no more than that.
    """
    parts = [_parts(batch) for batch in batches]
    counted = iter(counts_up_to(limit, [rows for each in parts for rows in each.values()]))
    by_batch = [{name: next(counted) for name in each} for each in parts]
    return {batch.pk: _counts(batch, counts, limit) for batch, counts in zip(batches, by_batch, strict=True)}


def codes_of_batch(batch: CodeBatch) -> QuerySet[PromoCode]:
    """Return a batch's codes, which lie between its ids; those in one state follow each other in an index."""
    extent = (batch.first_id or 0, batch.last_id or 0)
    return PromoCode.objects.filter(pool=batch.pool_id, batch=batch, pk__range=extent)


def _parts(batch: CodeBatch) -> dict[str, QuerySet[PromoCode]]:
    codes = codes_of_batch(batch)
    parts = {state.name: codes.filter(state=state) for state in (State.STOCK, *LEFT_THE_STOCK)}
    if batch.pool.kind == CodePool.Kind.MULTI_USE:
        parts["used"] = codes.filter(state=State.ASSIGNED, use_count__gt=0)
    return parts


def _counts(batch: CodeBatch, counts: Mapping[str, int], limit: int) -> BatchCounts:
    left = sum(counts[state.name] for state in LEFT_THE_STOCK)
    stock = capped(counts[State.STOCK.name], limit)
    if stock.is_capped and left <= limit and batch.code_count - left > limit:
        stock = CappedCount(batch.code_count - left, is_capped=False)
    return BatchCounts(stock, capped(counts.get("used", 0) + counts[State.USED.name], limit))
