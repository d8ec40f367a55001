from __future__ import annotations

from datetime import timedelta

import pytest

from advocate.lib.clock import now
from promocodes.models import PromoCode, StockReading
from promocodes.operations.readings import take_reading_when_changed, take_readings, thin_readings
from promocodes.tasks import check_stock, read_stock, serve_waiting, thin_stock_readings
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, stock_pool

pytestmark = pytest.mark.django_db
State = PromoCode.State


def make_reading(pool, at):
    return StockReading.objects.create(pool=pool, at=at, in_stock=1, assigned=0, used=0, withdrawn=0)


def test_each_pool_that_has_codes_is_read_by_where_they_are():
    first, second = make_pool(), make_pool()
    make_pool()
    stock_pool(first, "A-1", "A-2")
    stock_pool(first, "A-3", state=State.WITHDRAWN, withdrawn_at=NOON)
    make_code("A-4", pool=first, participant=make_participant(), copied_at=NOON)
    first.holders.update(waiting_since=NOON)
    used = {"participant": make_participant(), "assigned_at": NOON, "used_at": NOON, "use_count": 1}
    stock_pool(second, "B-1", state=State.USED, **used)

    assert take_readings(at=NOON) == 2

    names = ("pool", "in_stock", "assigned", "copied", "used", "withdrawn", "waiting")
    assert list(StockReading.objects.order_by("pool").values_list(*names)) == [
        (first.pk, 2, 1, 1, 0, 1, 1),
        (second.pk, 0, 0, 0, 1, 0, 0),
    ]


def test_one_pool_can_be_read_by_itself():
    first, second = make_pool(), make_pool()
    stock_pool(first, "A-1")
    stock_pool(second, "B-1")

    take_readings(at=NOON, pool_id=second.pk)

    assert StockReading.objects.get().pool == second


def test_reading_twice_at_one_instant_is_one_reading():
    stock_pool(make_pool(), "A-1")

    take_readings(at=NOON)
    take_readings(at=NOON)

    assert StockReading.objects.count() == 1


def test_a_reading_takes_the_place_of_that_of_the_same_hour_and_pool():
    pool, other = make_pool(), make_pool()
    stock_pool(pool, "A-1")
    half_past, hour = NOON + timedelta(minutes=30), timedelta(hours=1)
    before, elsewhere = make_reading(pool, NOON - timedelta(minutes=1)), make_reading(other, NOON)

    for at in (NOON, half_past, NOON + hour):
        take_readings(at=at)

    kept = StockReading.objects.order_by("at")
    assert list(kept.filter(pool=pool).values_list("at", flat=True)) == [before.at, half_past, NOON + hour]
    assert list(kept.filter(pool=other)) == [elsewhere]


def test_a_pool_is_read_when_its_stock_was_looked_at():
    pool = make_pool()
    stock_pool(pool, "A-1")

    check_stock(pool.pk)

    assert StockReading.objects.get().in_stock == 1


def test_a_pool_is_read_when_its_queue_was_served_but_not_at_once_again():
    pool = make_pool()
    stock_pool(pool, "A-1")

    serve_waiting(pool.pk)
    serve_waiting(pool.pk)

    assert StockReading.objects.get().in_stock == 1
    assert take_reading_when_changed(pool_id=pool.pk, at=now() + timedelta(minutes=2))


def test_readings_are_kept_hourly_for_two_weeks_and_daily_for_two_years():
    first, second = make_pool(), make_pool()
    hour, day = timedelta(hours=1), timedelta(days=1)
    recent = [make_reading(first, NOON - 13 * day - number * hour) for number in range(3)]
    early, late = (make_reading(first, NOON - 20 * day + number * hour) for number in (0, 5))
    other_pool = make_reading(second, NOON - 20 * day)
    next_day = make_reading(first, NOON - 19 * day)
    ancient = make_reading(first, NOON - 732 * day)

    assert thin_readings(at=NOON) == 2

    kept = set(StockReading.objects.all())
    assert kept == {*recent, late, other_pool, next_day}
    assert not kept & {early, ancient}


def test_the_scheduler_reads_and_thins():
    pool = make_pool()
    stock_pool(pool, "A-1")
    make_reading(pool, NOON - timedelta(days=9999))

    read_stock()
    thin_stock_readings()

    assert StockReading.objects.get().in_stock == 1
