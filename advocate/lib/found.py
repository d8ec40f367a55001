"""What a search by typed words found, which holds no more rows than a person looks through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
MOST_FOUND = 1_000


@dataclass(frozen=True, slots=True)
class Found(Generic[M]):
    """
    The rows found; ``is_cut`` where more match than the ``most`` that are among them.

    ``owners`` is set where the words name more owners of rows than were looked for: to how many these were.
    """

    rows: QuerySet[M]
    most: int = MOST_FOUND
    is_cut: bool = False
    owners: int = 0


def first_of(numbers: Sequence[int], *, among: QuerySet[M], most: int, owners: int = 0) -> Found[M]:
    """Return the rows with the first ``most`` of these primary keys, which are in the order of what to keep."""
    return Found(among.filter(pk__in=numbers[:most]), most=most, is_cut=len(numbers) > most, owners=owners)
