from __future__ import annotations

from datetime import UTC, datetime

import pytest

from rewards.periods import Period, later


@pytest.mark.parametrize(
    ("start", "count", "period", "expected"),
    [
        ((2026, 3, 14), 30, Period.DAYS, (2026, 4, 13)),
        ((2026, 1, 31), 1, Period.MONTHS, (2026, 2, 28)),
        ((2027, 10, 31), 4, Period.MONTHS, (2028, 2, 29)),
        ((2026, 11, 30), 1, Period.MONTHS, (2026, 12, 30)),
        ((2026, 12, 31), 2, Period.MONTHS, (2027, 2, 28)),
        ((2028, 2, 29), 1, Period.YEARS, (2029, 2, 28)),
        ((2026, 3, 14), 0, Period.MONTHS, (2026, 3, 14)),
    ],
)
def test_a_later_date_is_the_one_people_expect(start, count, period, expected):
    def half_past_nine(year: int, month: int, day: int) -> datetime:
        return datetime(year, month, day, 9, 30, tzinfo=UTC)

    assert later(half_past_nine(*start), count, period) == half_past_nine(*expected)
