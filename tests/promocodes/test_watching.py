from __future__ import annotations

import pytest
from django.db import OperationalError

from outbox.models import Email
from promocodes.models import CodePool, PromoCode
from promocodes.operations import check_stock, codes_arrived, fill_set
from tests.factories import make_participant, make_pool, stock_pool
from tests.promocodes.sets import add_codes

pytestmark = pytest.mark.django_db
State = PromoCode.State
Level = CodePool.StockLevel


@pytest.fixture
def pool():
    return make_pool(notify_at=3, notify_emails=["ann@example.com", "bob@example.com"])


def take(pool, left):
    """Withdraw codes until so many are left in stock."""
    stock = PromoCode.objects.filter(pool=pool, state=State.STOCK)
    ids = list(stock.order_by("id").values_list("id", flat=True)[: stock.count() - left])
    stock.filter(pk__in=ids).update(state=State.WITHDRAWN, withdrawn_at=pool.created_at)


def level(pool):
    return CodePool.objects.get(pk=pool.pk).stock_level


def test_one_mail_to_each_reader_when_the_stock_reaches_the_number(pool, at):
    add_codes(pool, 10)
    take(pool, left=3)

    assert [check_stock(pool=pool, at=at) for _ in range(3)] == [Level.LOW] * 3
    assert level(pool) == Level.LOW
    assert sorted(Email.objects.values_list("to", flat=True)) == ["ann@example.com", "bob@example.com"]


def test_above_the_number_nobody_is_told(pool, at):
    add_codes(pool, 4)

    assert check_stock(pool=pool, at=at) == Level.ENOUGH
    assert not Email.objects.exists()


def test_another_mail_when_it_is_empty(pool, at):
    add_codes(pool, 3)
    check_stock(pool=pool, at=at)
    take(pool, left=0)

    check_stock(pool=pool, at=at)

    assert level(pool) == Level.EMPTY
    assert Email.objects.filter(to="ann@example.com").count() == 2


def test_it_is_armed_again_when_the_stock_rises(pool, at):
    add_codes(pool, 3)
    check_stock(pool=pool, at=at)
    add_codes(pool, 7, "D")
    assert check_stock(pool=pool, at=at) == Level.ENOUGH

    take(pool, left=2)
    check_stock(pool=pool, at=at.replace(year=2030))

    assert Email.objects.filter(to="ann@example.com").count() == 2


def test_a_few_codes_for_an_empty_stock_tell_nobody(pool, at):
    check_stock(pool=pool, at=at)
    add_codes(pool, 2)

    assert check_stock(pool=pool, at=at) == Level.LOW
    assert Email.objects.filter(to="ann@example.com").count() == 1


def test_without_a_number_only_an_empty_stock_is_told(at):
    pool = make_pool(notify_emails=["ann@example.com"])
    add_codes(pool, 1)
    check_stock(pool=pool, at=at)
    assert not Email.objects.exists()

    take(pool, left=0)
    check_stock(pool=pool, at=at)

    assert Email.objects.count() == 1


def test_a_multi_use_stock_is_told_of_as_any_other_whether_somebody_waits_or_not(at):
    pool = make_pool(kind=CodePool.Kind.MULTI_USE, codes_each=1, notify_emails=["ann@example.com"], notify_at=3)
    stock_pool(pool, "A", "B")
    assert check_stock(pool=pool, at=at) == Level.LOW

    take(pool, left=0)

    assert check_stock(pool=pool, at=at) == Level.EMPTY
    name = pool.program.name
    assert [email.subject for email in Email.objects.order_by("pk")] == [
        f"“{name}”: 2 promo codes left",
        f"“{name}”: 0 promo codes left",
    ]


def test_a_pool_that_is_not_on_tells_nobody(at):
    pool = make_pool(switched_on_at=None, notify_emails=["ann@example.com"])

    check_stock(pool=pool, at=at)

    assert (level(pool), Email.objects.count()) == (Level.ENOUGH, 0)


def test_an_unusable_address_does_not_keep_the_mail_from_the_others(at):
    pool = make_pool(notify_emails=["nobody", "ann@example.com"])

    check_stock(pool=pool, at=at)

    assert list(Email.objects.values_list("to", flat=True)) == ["ann@example.com"]


def test_an_assignment_that_gets_too_little_has_the_stock_checked(pool, at, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        fill_set(pool=pool, participant=make_participant(), at=at)

    assert woken == [("promocodes.check_stock", pool.pk)]


def test_an_assignment_that_finds_the_stock_low_has_it_checked(pool, at, woken, django_capture_on_commit_callbacks):
    add_codes(pool, 8)

    with django_capture_on_commit_callbacks(execute=True):
        fill_set(pool=pool, participant=make_participant(), at=at)

    assert woken == [("promocodes.check_stock", pool.pk)]


def test_an_assignment_from_a_full_stock_wakes_nobody(pool, at, woken, django_capture_on_commit_callbacks):
    add_codes(pool, 20)

    with django_capture_on_commit_callbacks(execute=True):
        fill_set(pool=pool, participant=make_participant(), at=at)

    assert woken == []


def test_a_broker_that_is_away_fails_no_assignment(pool, at, monkeypatch, django_capture_on_commit_callbacks):
    def away(*_args, **_options):
        raise OSError

    monkeypatch.setattr("promocodes.wake.current_app.send_task", away)

    with django_capture_on_commit_callbacks(execute=True):
        assert fill_set(pool=pool, participant=make_participant(), at=at).given == 0
        codes_arrived(pool=pool, at=at)


def test_a_look_that_fails_fails_no_assignment(pool, at, monkeypatch, django_capture_on_commit_callbacks):
    def gone(**_options):
        raise OperationalError

    monkeypatch.setattr("promocodes.operations.watching.count_stock", gone)

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        fill_set(pool=pool, participant=make_participant(), at=at)

    assert len(callbacks) == 1
