from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = 253_402_300_799_999  # the end of the year 9999


def milliseconds(at: datetime | None) -> int | None:
    """Return an instant as the API writes it: whole milliseconds since 1970."""
    return None if at is None else (at - EPOCH) // timedelta(milliseconds=1)


def instant(value: int) -> datetime:
    """Return the instant that so many milliseconds are."""
    return EPOCH + timedelta(milliseconds=value)
