from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from programs.models import ReferralCode
from promocodes.models import CodeHolder, CodePool, PromoCode, StockReading
from promocodes.queries.pools import PoolTotals, Total, stock_of
from promocodes.stock import figures_of, needs_of, rounded_up, to_upload, typical_day
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool

pytestmark = pytest.mark.django_db
State = PromoCode.State
DAY = timedelta(days=1)


def use(pool, *, count, at):
    codes = [f"U-{pool.pk}-{at:%d%H%M}-{number}" for number in range(count)]
    person = make_participant()
    stock_pool(
        pool, *codes, state=State.USED, participant=person, assigned_at=at, used_at=at, use_count=1, is_multi_use=False
    )


def read(pool, *, days_ago, assigned=0, used=0, in_stock=0):
    return StockReading.objects.create(
        pool=pool, at=NOON - days_ago * DAY, in_stock=in_stock, assigned=assigned, used=used, withdrawn=0
    )


def test_the_codes_of_a_pool_are_counted_by_where_they_are():
    pool = make_pool()
    stock_pool(pool, "A-1", "A-2", "A-3")
    make_code("A-4", pool=pool, participant=make_participant())
    make_code("A-5", pool=pool, participant=make_participant(), copied_at=NOON)
    use(pool, count=2, at=NOON)
    stock_pool(pool, "A-6", state=State.WITHDRAWN, withdrawn_at=NOON)
    stock_pool(make_pool(), "B-1", "B-2")

    totals = figures_of(pool, at=NOON).totals

    assert totals == PoolTotals(Total(3), Total(2), Total(1), Total(2), Total(1), Total(0))


def test_a_code_that_has_expired_cannot_be_given_out():
    pool = make_pool()
    stock_pool(pool, "A-1", expires_at=NOON)
    stock_pool(pool, "A-2", expires_at=NOON + DAY)

    assert figures_of(pool, at=NOON).in_stock == stock_of(pool, at=NOON).value == 1


def test_of_a_large_pool_the_latest_reading_tells(monkeypatch):
    monkeypatch.setattr("promocodes.queries.pools.COUNTED", 2)
    pool = make_pool(notify_at=3)
    stock_pool(pool, "A-1", "A-2", "A-3", "A-4")
    stock_pool(pool, "A-5", "A-6", "A-7", state=State.WITHDRAWN, withdrawn_at=NOON)
    use(pool, count=3, at=NOON - DAY)
    read(pool, days_ago=3, in_stock=8)
    reading = read(pool, days_ago=1, in_stock=9, used=5)

    totals = figures_of(pool, at=NOON).totals

    assert (totals.in_stock, totals.used) == (Total(9, as_of=reading.at), Total(5, as_of=reading.at))
    assert (totals.withdrawn, totals.assigned) == (Total(2, is_more=True), Total(0))
    assert totals.as_of == reading.at


def test_a_stock_that_has_come_down_to_the_number_is_counted_whatever_the_reading_says(monkeypatch):
    monkeypatch.setattr("promocodes.queries.pools.COUNTED", 2)
    pool = make_pool(notify_at=3)
    stock_pool(pool, "A-1", "A-2", "A-3")
    read(pool, days_ago=0, in_stock=9)

    assert figures_of(pool, at=NOON).totals.in_stock == stock_of(pool, at=NOON) == Total(3)


def test_the_stock_is_counted_to_its_end_where_no_reading_knows_of_it(monkeypatch):
    monkeypatch.setattr("promocodes.queries.pools.COUNTED", 2)
    pool = make_pool()
    stock_pool(pool, "A-1", "A-2", "A-3", "A-4")

    assert stock_of(pool, at=NOON) == Total(4)


def test_of_very_many_uses_the_readings_tell(monkeypatch):
    monkeypatch.setattr("promocodes.stock.COUNTED", 2)
    monkeypatch.setattr("promocodes.queries.pools.COUNTED", 2)
    pool = make_pool(switched_on_at=NOON - 30 * DAY)
    use(pool, count=3, at=NOON)
    assert figures_of(pool, at=NOON).used == Total(2, is_more=True)
    read(pool, days_ago=8, used=100)
    read(pool, days_ago=1, used=121)
    reading = read(pool, days_ago=0, used=170)

    figures = figures_of(pool, at=NOON)

    assert (figures.used, figures.per_day) == (Total(49, as_of=reading.at), 10.0)


def test_what_is_used_a_day_tells_when_the_stock_runs_dry_and_what_to_upload():
    pool = make_pool(switched_on_at=NOON - 30 * DAY, notify_at=5)
    stock_pool(pool, *(f"A-{number}" for number in range(10)))
    use(pool, count=2, at=NOON - timedelta(hours=1))
    use(pool, count=12, at=NOON - 3 * DAY)

    figures = figures_of(pool, at=NOON)

    assert (figures.in_stock, figures.used_today, figures.per_day) == (10, 2, 2.0)
    assert figures.runs_dry_on == date(2026, 3, 19)
    assert to_upload(pool, figures) == 50


def test_where_nothing_leaves_the_stock_no_day_is_named():
    pool = make_pool(notify_at=5)
    stock_pool(pool, "A-1", "A-2")

    figures = figures_of(pool, at=NOON)

    assert (figures.per_day, figures.runs_dry_on, to_upload(pool, figures)) == (0.0, None, 4)


def test_the_day_on_which_all_advocates_got_their_codes_is_no_typical_one():
    pool = make_pool(switched_on_at=NOON - 5 * DAY)
    stock_pool(pool, *(f"A-{number}" for number in range(60)))
    for days_ago, given in ((5, 0), (4, 5000), (3, 5020), (2, 5040), (1, 5060)):
        read(pool, days_ago=days_ago, assigned=given)
    pool.codes.filter(code="A-0").update(
        state=State.ASSIGNED, participant=make_participant(), assigned_at=NOON - timedelta(hours=2)
    )

    assert figures_of(pool, at=NOON).per_day == 20.0


@pytest.mark.parametrize(
    ("values", "expected"), [([0, 900], 0.0), ([0, 900, 910], 0.0), ([0, 900, 910, 920], 10.0), ([7], 0.0)]
)
def test_a_typical_day_needs_three_days(values, expected):
    points = [(NOON + number * DAY, value) for number, value in enumerate(values)]

    assert typical_day(points) == expected


def test_today_begins_at_midnight_of_the_current_time_zone():
    pool = make_pool()
    use(pool, count=1, at=NOON.replace(hour=15) - DAY)
    use(pool, count=2, at=NOON.replace(hour=17) - DAY)

    with timezone.override("Asia/Shanghai"):
        assert figures_of(pool, at=NOON).used_today == 2


def test_what_those_who_wait_lack_is_to_be_uploaded_too():
    pool = make_pool(codes_each=5)
    person = make_participant()
    make_code("A-1", pool=pool, participant=person)
    CodeHolder.objects.filter(pool=pool).update(waiting_since=NOON)

    figures = figures_of(pool, at=NOON)

    assert (figures.waiting, to_upload(pool, figures)) == (1, 5)


def test_the_needs_are_a_set_for_each_advocate():
    program = make_program()
    pool = make_pool(program=program, switched_on_at=None)
    stock_pool(pool, "A-1", "A-2", "A-3", "A-4")
    for number in range(3):
        ReferralCode.objects.create(code=f"REF{number}", program=program, participant=make_participant())

    needs = needs_of(program, pool, codes_each=2, at=NOON)

    assert (needs.advocates, needs.needed, needs.in_stock, needs.shortfall) == (3, 6, 4, 2)


def test_a_larger_set_takes_what_is_beyond_the_codes_held():
    program = make_program()
    ReferralCode.objects.create(code="REF", program=program, participant=make_participant())

    larger, smaller = (needs_of(program, None, codes_each=each, at=NOON, held_each=5) for each in (8, 2))

    assert (larger.needed, smaller.needed) == (3, 0)


def test_no_more_than_a_million_advocates_are_counted(monkeypatch):
    monkeypatch.setattr("promocodes.stock.MOST_ADVOCATES", 1)
    program = make_program()
    for number in range(3):
        ReferralCode.objects.create(code=f"REF{number}", program=program, participant=make_participant())

    needs = needs_of(program, None, codes_each=5, at=NOON)

    assert (needs.advocates, needs.is_capped, needs.shortfall) == (1, True, 5)


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (7, 7), (99, 99), (101, 110), (1234, 1300), (90001, 91000)])
def test_a_suggested_number_of_codes_is_a_round_one(count, expected):
    assert rounded_up(count) == expected


def test_a_used_multi_use_code_has_not_left_the_stock_twice():
    pool = make_pool(kind=CodePool.Kind.MULTI_USE, codes_each=1, switched_on_at=NOON - 6 * DAY)
    for days_ago in range(6, 0, -1):
        read(pool, days_ago=days_ago, assigned=10, used=10 - days_ago)

    stock_pool(pool, "A-1")
    make_code("A-2", pool=pool, participant=make_participant())

    assert figures_of(pool, at=NOON).per_day == 0.0
