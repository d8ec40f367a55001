from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import translation

from promocodes.attention import SHOWN, stocks
from promocodes.models import CodePool, PromoCode, StockReading
from promocodes.stock import figures_of
from promocodes.stock_view import stock_view
from team.models import Role, User
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db
Level = CodePool.StockLevel
DAY = timedelta(days=1)


def use(pool, *, count, at):
    used = {"state": PromoCode.State.USED, "assigned_at": at, "used_at": at, "use_count": 1}
    codes = (f"U-{pool.pk}-{at:%d}-{number}" for number in range(count))
    stock_pool(pool, *codes, participant=make_participant(), **used)


def test_stocks_that_are_empty_come_before_those_waited_for_and_those_that_are_low():
    low = make_pool(stock_level=Level.LOW, program=make_program(name="A"))
    waited = make_pool(program=make_program(name="B"))
    make_code(pool=waited, participant=make_participant())
    waited.holders.update(waiting_since=NOON)
    empty = make_pool(stock_level=Level.EMPTY, program=make_program(name="C"))
    make_pool(program=make_program(name="D"))
    make_pool(stock_level=Level.EMPTY, switched_on_at=None)

    found = stocks(at=NOON)

    assert [one.pool for one in found.urgent] == [empty, waited, low]
    assert (found.are_any, found.are_more, found.urgent[1].waiting) == (True, False, 1)


def test_a_program_whose_codes_are_made_from_names_wants_attention_only_where_somebody_waits():
    pool = make_pool(kind=CodePool.Kind.MULTI_USE, codes_each=1, name_pattern="{FIRST}", stock_level=Level.EMPTY)
    make_code(pool=pool, participant=make_participant())
    assert stocks(at=NOON).urgent == []
    assert stock_view(pool, at=NOON).level == Level.ENOUGH
    assert stock_view(pool, at=NOON).warning == ""
    assert stock_view(pool, at=NOON).runs_dry == "Not in sight"
    CodePool.objects.filter(pk=pool.pk).update(stock_level=Level.LOW)
    assert stocks(at=NOON).urgent == []

    pool.holders.update(waiting_since=NOON)

    assert [one.pool for one in stocks(at=NOON).urgent] == [pool]
    assert stock_view(pool, at=NOON).level == Level.EMPTY
    assert stock_view(pool, at=NOON).runs_dry == "It is empty now"


def test_a_multi_use_stock_that_is_empty_wants_attention_as_any_other():
    pool = make_pool(kind=CodePool.Kind.MULTI_USE, codes_each=1, stock_level=Level.EMPTY)

    assert [one.pool for one in stocks(at=NOON).urgent] == [pool]
    assert stock_view(pool, at=NOON).level == Level.EMPTY
    assert stock_view(pool, at=NOON).runs_dry == "It is empty now"


@pytest.mark.parametrize("waiting_since", [None, NOON])
def test_the_warning_has_no_space_after_a_chinese_sentence(waiting_since):
    pool = make_pool()
    make_code(pool=pool, participant=make_participant())
    pool.holders.update(waiting_since=waiting_since)

    with translation.override("zh-hans"):
        warning = stock_view(pool, at=NOON).warning

    assert "。请至少上传" in warning


def test_the_figures_are_those_of_the_programs_page():
    pool = make_pool(stock_level=Level.LOW, switched_on_at=NOON - 20 * DAY)
    stock_pool(pool, *(f"A-{number}" for number in range(10)))
    use(pool, count=3, at=NOON - timedelta(hours=1))
    use(pool, count=4, at=NOON - 2 * DAY)
    for days_ago in range(8, -1, -1):
        reading = {"in_stock": 0, "withdrawn": 0, "assigned": 5 * (8 - days_ago), "used": 0}
        StockReading.objects.create(pool=pool, at=NOON - days_ago * DAY, **reading)

    one = stocks(at=NOON).urgent[0]
    figures = figures_of(pool, at=NOON)

    assert (one.in_stock, one.used_today, one.per_day, one.runs_dry_on) == (10, 3, 5.0, date(2026, 3, 16))
    assert (figures.in_stock, figures.used_today, figures.per_day) == (10, 3, 5.0)


def test_only_some_are_shown_and_that_there_are_more_is_said():
    for _number in range(SHOWN + 2):
        make_pool(stock_level=Level.EMPTY)

    found = stocks(at=NOON)

    assert (len(found.urgent), found.are_more) == (SHOWN, True)


def test_overview_is_calm_where_there_is_enough_and_says_nothing_where_there_are_no_codes(client):
    client.force_login(User.objects.create_user("ada@example.com", role=Role.PROGRAM_MANAGER))
    assert "Promo codes</h2>" not in client.get("/admin/").content.decode()

    make_pool()
    assert "Every program has enough codes" in client.get("/admin/").content.decode()


def test_overview_lists_what_wants_attention(client):
    client.force_login(User.objects.create_user("ada@example.com", role=Role.FULL_ACCESS))
    for number in range(3):
        make_pool(stock_level=Level.EMPTY, program=make_program(name=f"Spring {number}"))

    with counted_queries("overview, stocks that want attention"):
        page = client.get("/admin/").content.decode()

    assert "Spring 0" in page
    assert "Every program has enough codes" not in page
