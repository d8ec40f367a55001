from __future__ import annotations

from datetime import timedelta

import pytest

from promocodes.models import CodeHolder, CodePool
from promocodes.operations import codes_arrived, fill_set, serve_waiting
from promocodes.operations import serving as serving_module
from tests.conftest import NOON
from tests.factories import make_participant, make_pool
from tests.promocodes.sets import add_codes, held, in_stock, waiting

pytestmark = pytest.mark.django_db


def queue_up(pool, count):
    """Queue people, the first made first."""
    people = [make_participant() for _ in range(count)]
    for minute, person in enumerate(people):
        fill_set(pool=pool, participant=person, at=NOON + timedelta(minutes=minute))
    return people


def test_the_queue_is_served_oldest_first_as_far_as_the_stock_goes(at):
    pool = make_pool(codes_each=2)
    ada, bob, cat = queue_up(pool, 3)
    add_codes(pool, 3)

    assert serve_waiting(pool=pool, at=at) == 3
    assert [held(pool, person) for person in (ada, bob, cat)] == [2, 1, 0]
    assert waiting(pool) == [bob, cat]


def test_who_was_served_in_part_keeps_their_place(at):
    pool = make_pool(codes_each=2)
    ada, bob = queue_up(pool, 2)
    add_codes(pool, 1)
    serve_waiting(pool=pool, at=at)
    add_codes(pool, 1, "D")

    serve_waiting(pool=pool, at=at)

    assert [held(pool, person) for person in (ada, bob)] == [2, 0]


def test_a_long_queue_is_served_in_several_short_rounds(at, monkeypatch):
    monkeypatch.setattr(serving_module, "CODES_AT_ONCE", 4)
    monkeypatch.setattr(serving_module, "CODES_AT_ONCE_ON_SQLITE", 4)
    pool = make_pool(codes_each=2)
    people = queue_up(pool, 7)
    add_codes(pool, 20)

    assert serve_waiting(pool=pool, at=at) == 14
    assert {held(pool, person) for person in people} == {2}
    assert (in_stock(pool), waiting(pool)) == (6, [])


def test_the_blocked_leave_the_queue_without_codes(at):
    pool = make_pool(codes_each=2)
    mallory, ada = queue_up(pool, 2)
    type(mallory).objects.filter(pk=mallory.pk).update(date_blocked=NOON)
    add_codes(pool, 4)

    serve_waiting(pool=pool, at=at)

    assert [held(pool, person) for person in (mallory, ada)] == [0, 2]
    assert waiting(pool) == []


def test_who_waits_without_need_leaves_the_queue(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    add_codes(pool, 5)
    fill_set(pool=pool, participant=ada, at=at)
    CodeHolder.objects.update(waiting_since=at)

    assert serve_waiting(pool=pool, at=at) == 0
    assert (held(pool, ada), waiting(pool)) == (1, [])


def test_a_pool_that_is_not_on_serves_nobody(at):
    pool = make_pool(switched_on_at=None)
    add_codes(pool, 5)
    CodeHolder.objects.create(pool=pool, participant=make_participant(), waiting_since=at)

    assert serve_waiting(pool=pool, at=at) == 0
    assert in_stock(pool) == 5


def test_serving_moves_the_beginning_of_the_stock_behind_what_it_gave(at):
    pool = make_pool(codes_each=3)
    queue_up(pool, 1)
    batch = add_codes(pool, 5)

    serve_waiting(pool=pool, at=at)

    assert CodePool.objects.get(pk=pool.pk).first_id == batch.first_id + 2
    assert fill_set(pool=pool, participant=make_participant(), at=at).given == 2


def test_codes_that_arrive_wake_the_server_after_the_commit(woken, at, django_capture_on_commit_callbacks):
    pool = make_pool()

    with django_capture_on_commit_callbacks(execute=True):
        codes_arrived(pool=pool, at=at)
        assert woken == []

    assert woken == [("promocodes.serve_waiting", pool.pk)]
