from __future__ import annotations

from datetime import timedelta

import pytest

from promocodes.models import PromoCode
from promocodes.operations import expire_codes, fill_set, use_code
from tests.factories import make_code, make_participant, make_pool
from tests.promocodes.sets import add_codes, held, in_stock, waiting

pytestmark = pytest.mark.django_db
State = PromoCode.State


def test_codes_in_stock_expire_on_their_date(at):
    pool = make_pool()
    add_codes(pool, 3, "OLD", expires_at=at)
    add_codes(pool, 2, "NEW", expires_at=at + timedelta(seconds=1))
    add_codes(pool, 1, "EVER")

    assert expire_codes(at=at, chunk=2) == 3
    assert PromoCode.objects.filter(state=State.EXPIRED, code__startswith="OLD").count() == 3
    assert in_stock(pool) == 3


def test_an_assigned_code_that_expires_is_replaced(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    code = make_code(pool=pool, participant=ada, expires_at=at)
    add_codes(pool, 1)

    assert expire_codes(at=at) == 1

    code.refresh_from_db()
    assert (code.state, code.participant) == (State.EXPIRED, ada)
    assert (held(pool, ada), waiting(pool)) == (1, [])


def test_with_an_empty_stock_the_advocate_of_an_expired_code_waits(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    make_code(pool=pool, participant=ada, expires_at=at)

    expire_codes(at=at)

    assert waiting(pool) == [ada]


def test_codes_of_several_pools_expire(at):
    for _ in range(3):
        make_code(participant=make_participant(), expires_at=at)

    assert expire_codes(at=at, chunk=1) == 3


def test_what_is_used_stays_used(at):
    make_code("USED-1", participant=make_participant(), expires_at=at)
    use_code(code="USED-1", key="order-1", at=at - timedelta(hours=1))

    assert expire_codes(at=at) == 0
    assert PromoCode.objects.get(code="USED-1").state == State.USED


def test_who_has_a_full_set_in_spite_of_an_expired_code_does_not_wait(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    make_code(pool=pool, participant=ada, expires_at=at)
    add_codes(pool, 1)
    fill_set(pool=pool, participant=ada, at=at)

    assert expire_codes(at=at) == 1
    assert (held(pool, ada), waiting(pool)) == (1, [])
