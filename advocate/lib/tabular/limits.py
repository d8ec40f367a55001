from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TableLimits:
    """
    Bound what a file may hold; whatever goes beyond is refused at once, with the limit named.

    Byte counts are bytes, lengths are characters. ``unpacked_bytes`` is counted while unpacking, over all parts that
    are read; ``ratio`` is unpacked to packed bytes of one part and applies once a part has unpacked to a megabyte.
    """

    file_bytes: int = 100 * MEGABYTE
    rows: int = 1_048_575
    columns: int = 500
    cell_length: int = 1_000_000
    row_length: int = 4_000_000
    unpacked_bytes: int = 1_500 * MEGABYTE
    shared_text_bytes: int = 200 * MEGABYTE
    parts: int = 1_000
    ratio: int = 200


DEFAULT_LIMITS = TableLimits()
