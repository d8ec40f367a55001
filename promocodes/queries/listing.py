"""The list of all codes: rows of the newest first that stay quick at millions, whatever is filtered by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from advocate.lib.capped import COUNT_LIMIT
from advocate.lib.db import Select, batches
from promocodes.models import CodeBatch, CodePool, PromoCode
from promocodes.queries.batches import codes_of_batch

State = PromoCode.State
STATES: Final = tuple(state for state in State if state != State.REFERRAL)
# SQLite takes 500 parts in one query.
MOST_BRANCHES: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFilter:
    """Which codes a list shows; what is None does not matter."""

    pool_id: int | None = None
    batch: CodeBatch | None = None
    state: int | None = None
    is_multi_use: bool | None = None
    is_copied: bool | None = None

    def narrowed(self, codes: QuerySet[PromoCode]) -> QuerySet[PromoCode]:
        """Return those of the codes that the filter lets through."""
        wanted: dict[str, Any] = {
            "pool": self.pool_id,
            "batch": self.batch,
            "state": self.state,
            "is_multi_use": self.is_multi_use,
            "copied_at__isnull": None if self.is_copied is None else not self.is_copied,
        }
        return codes.filter(**{name: value for name, value in wanted.items() if value is not None})


class NewestCodes(Sequence[PromoCode]):
    """
    The codes that a filter lets through, the newest first, as a paginator slices them.

    Each pool's codes in one state stand in an index in this order. No index has all codes of all pools so, because
    each upload would pay for it; instead the beginnings of those parts are merged.
    """

    def __init__(self, chosen: CodeFilter) -> None:
        self.chosen = chosen

    def __len__(self) -> int:
        """Count the codes, as far as a list counts."""
        return self._count

    def __getitem__(self, place: Any) -> Any:
        """Return the codes of a page with what a list shows of them."""
        start, stop, _ = place.indices(len(self))
        if start >= stop:
            return []
        ids = self._newest_ids(stop)[start:stop]
        found = PromoCode.objects.select_related("pool__program", "batch", "participant").in_bulk(ids)
        return [found[pk] for pk in ids if pk in found]

    @cached_property
    def _count(self) -> int:
        limit, count = COUNT_LIMIT + 1, 0
        for part in batches(self._branches, MOST_BRANCHES):
            union = _union(part, limit)
            (row,) = _fetched(Select(f"SELECT COUNT(*) FROM ({union.sql} LIMIT {limit}) AS few", union.params))
            count += row[0]
        return min(count, limit)

    def _newest_ids(self, limit: int) -> list[int]:
        ids: list[int] = []
        for part in batches(self._branches, MOST_BRANCHES):
            union = _union(part, limit)
            ids += [pk for (pk,) in _fetched(Select(f"{union.sql} ORDER BY 1 DESC LIMIT {limit}", union.params))]
        return sorted(ids, reverse=True)[:limit]

    @cached_property
    def _branches(self) -> list[QuerySet[PromoCode]]:
        return list(_branches(self.chosen))


def _branches(chosen: CodeFilter) -> Iterator[QuerySet[PromoCode]]:
    pools = CodePool.objects.order_by("pk")
    if chosen.batch is not None:
        pools = pools.filter(pk=chosen.batch.pool_id)
    if chosen.pool_id is not None:
        pools = pools.filter(pk=chosen.pool_id)
    among = PromoCode.objects.all() if chosen.batch is None else codes_of_batch(chosen.batch)
    for pool in pools.only("pk", "kind"):
        for state in STATES if chosen.state is None else (State(chosen.state),):
            if _has_kind(pool, state, is_multi_use=chosen.is_multi_use):
                codes = chosen.narrowed(among.filter(pool=pool.pk, state=state))
                yield codes.order_by("-id").values("id")  # type: ignore[misc]


def _has_kind(pool: CodePool, state: State, *, is_multi_use: bool | None) -> bool:
    """Say whether codes in a state may be of a kind: they are as their pool says, but for its fallback codes."""
    if is_multi_use is None or (is_multi_use and state == State.SHARED):
        return True
    return is_multi_use == (pool.kind == CodePool.Kind.MULTI_USE)


def _union(branches: Sequence[QuerySet[PromoCode]], limit: int) -> Select:
    selects = [Select.of(branch[:limit]) for branch in branches]
    if not selects:
        return Select("SELECT id FROM promocodes_promocode WHERE 1 = 0")
    sql = " UNION ALL ".join(f"SELECT id FROM ({select.sql}) AS part{place}" for place, select in enumerate(selects))
    return Select(sql, [value for select in selects for value in select.params])


def _fetched(select: Select) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(select.sql, select.params)
        return list(cursor.fetchall())
