"""How many codes of each batch are still in stock, and how many were used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from advocate.lib.capped import COUNT_LIMIT, CappedCount, capped
from promocodes.models import CodeBatch, CodePool, PromoCode
from promocodes.queries.counting import UpTo, counts_up_to

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
    alone = _alone_in_their_ids(batches)
    parts = [_parts(batch, is_alone=batch.pk in alone) for batch in batches]
    counted = iter(counts_up_to([UpTo(limit, rows) for each in parts for rows in each.values()]))
    by_batch = [{name: next(counted) for name in each} for each in parts]
    return {batch.pk: _counts(batch, counts, limit) for batch, counts in zip(batches, by_batch, strict=True)}


def has_stock(batch: CodeBatch) -> bool:
    """Say whether any code of a batch is still in stock."""
    return codes_of_batch(batch).filter(state=State.STOCK).exists()


def codes_of_batch(batch: CodeBatch) -> QuerySet[PromoCode]:
    """Return a batch's codes, which lie between its ids; those in one state follow each other in an index."""
    codes = PromoCode.objects.filter(pool=batch.pool_id, batch=batch, pk__range=_extent(batch))
    # Those added by hand are far apart, and an index has them alone.
    return codes.filter(is_extra=True) if batch.source == CodeBatch.Source.MANUAL else codes


def _alone_in_their_ids(batches: Sequence[CodeBatch]) -> set[int]:
    """Return the batches between whose ids no other code of the pool lies: an index alone counts their codes."""
    manual = CodeBatch.Source.MANUAL
    others = CodeBatch.objects.filter(
        pool=OuterRef("pool"), first_id__lte=OuterRef("last_id"), last_id__gte=OuterRef("first_id")
    )
    by_hand = PromoCode.objects.filter(
        pool=OuterRef("pool"),
        is_extra=True,
        pk__range=(OuterRef("first_id"), OuterRef("last_id")),
        batch__source=manual,
    )
    found = CodeBatch.objects.filter(pk__in=[batch.pk for batch in batches]).exclude(source=manual)
    alone = found.filter(~Exists(others.exclude(source=manual).exclude(pk=OuterRef("pk"))), ~Exists(by_hand))
    return set(alone.order_by().values_list("pk", flat=True))


def _extent(batch: CodeBatch) -> tuple[int, int]:
    return (batch.first_id or 0, batch.last_id or 0)


def _parts(batch: CodeBatch, *, is_alone: bool) -> dict[str, QuerySet[PromoCode]]:
    codes = codes_of_batch(batch)
    if is_alone:
        codes = PromoCode.objects.filter(pool=batch.pool_id, pk__range=_extent(batch))
    parts = {state.name: codes.filter(state=state) for state in (State.STOCK, *LEFT_THE_STOCK)}
    if batch.pool.kind == CodePool.Kind.MULTI_USE:
        parts["used"] = codes.filter(used_at__isnull=False).order_by("-used_at", "-id")
    return parts


def _counts(batch: CodeBatch, counts: Mapping[str, int], limit: int) -> BatchCounts:
    left = sum(counts[state.name] for state in LEFT_THE_STOCK)
    stock = capped(counts[State.STOCK.name], limit)
    if stock.is_capped and left <= limit and batch.code_count - left > limit:
        stock = CappedCount(batch.code_count - left, is_capped=False)
    return BatchCounts(stock, capped(counts.get("used", 0) + counts[State.USED.name], limit))
