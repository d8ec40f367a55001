from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from advocate.lib.tabular.errors import MissingColumn, MisspelledColumn, RepeatedColumn

LONGEST_COMPARED = 100


@dataclass(frozen=True, slots=True)
class ColumnPositions:
    """Where the columns of interest stand in a header."""

    positions: dict[str, int]

    def __getitem__(self, column: str) -> int:
        return self.positions[column]

    def __contains__(self, column: object) -> bool:
        return column in self.positions

    def get(self, column: str) -> int | None:
        """Return the position of an optional column, None if the file lacks it."""
        return self.positions.get(column)


def match_columns(header: Sequence[str], *, required: Sequence[str], optional: Sequence[str] = ()) -> ColumnPositions:
    """
    Find the columns of interest in a header, whatever their order; unknown columns are ignored.

    Names are compared exactly, upper and lower case included.

    :raises RepeatedColumn: if a column of interest is there twice
    :raises MisspelledColumn: if a required column is missing and another one looks like it
    :raises MissingColumn: if a required column is missing
    """
    positions: dict[str, int] = {}
    for column in (*required, *optional):
        times = header.count(column)
        if times > 1:
            raise RepeatedColumn(column=column, times=times)
        if times:
            positions[column] = header.index(column)
    known = {*required, *optional}
    for column in required:
        if column not in positions:
            _refuse_missing(column, [name for name in header if name not in known])
    return ColumnPositions(positions)


def count_matches(header: Sequence[str], required: Sequence[str]) -> int:
    """Return how many of the required columns a header has."""
    return len(set(required).intersection(header))


def _refuse_missing(column: str, others: Sequence[str]) -> None:
    candidates = {_loosely(name): name for name in reversed(others) if 0 < len(name) <= LONGEST_COMPARED}
    close = get_close_matches(_loosely(column), candidates, n=1, cutoff=0.8)
    if close:
        raise MisspelledColumn(column=column, found=candidates[close[0]])
    raise MissingColumn(column=column)


def _loosely(name: str) -> str:
    return "".join(name.casefold().replace("_", "").replace("-", "").split())
