from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from promocodes.models import CodeHolder, PromoCode
from promocodes.operations import Filled, fill_set, give_to_newcomer
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program
from tests.promocodes.sets import add_codes, held, in_stock, waiting

pytestmark = pytest.mark.django_db
State = PromoCode.State


def test_an_advocate_is_given_the_set_number_of_codes(at):
    pool, ada = make_pool(codes_each=3), make_participant()
    add_codes(pool, 10)

    filled = fill_set(pool=pool, participant=ada, at=at)

    assert filled == Filled(given=3, lacking=0)
    codes = PromoCode.objects.filter(participant=ada)
    assert {(code.state, code.assigned_at, code.is_extra) for code in codes} == {(State.ASSIGNED, at, False)}
    assert (held(pool, ada), in_stock(pool), waiting(pool)) == (3, 7, [])


def test_a_full_set_is_given_nothing_more(at):
    pool, ada = make_pool(codes_each=3), make_participant()
    add_codes(pool, 10)
    fill_set(pool=pool, participant=ada, at=at)

    again = fill_set(pool=pool, participant=ada, at=at)

    assert again == Filled(given=0, lacking=0)
    assert (held(pool, ada), in_stock(pool)) == (3, 7)


def test_a_set_is_filled_as_far_as_the_stock_goes_and_the_advocate_waits_for_the_rest(at):
    pool, ada = make_pool(codes_each=5), make_participant()
    add_codes(pool, 2)

    filled = fill_set(pool=pool, participant=ada, at=at)

    assert filled == Filled(given=2, lacking=3)
    assert (held(pool, ada), in_stock(pool), waiting(pool)) == (2, 0, [ada])
    assert CodeHolder.objects.get(participant=ada).waiting_since == at


def test_whoever_waits_keeps_their_place(at):
    pool, ada = make_pool(codes_each=5), make_participant()
    fill_set(pool=pool, participant=ada, at=at)

    fill_set(pool=pool, participant=ada, at=at + timedelta(hours=1))

    assert CodeHolder.objects.get(participant=ada).waiting_since == at


def test_who_waits_alone_and_finds_codes_waits_no_more(at):
    pool, ada = make_pool(codes_each=2), make_participant()
    fill_set(pool=pool, participant=ada, at=at)
    add_codes(pool, 2)

    assert fill_set(pool=pool, participant=ada, at=at) == Filled(given=2, lacking=0)
    assert waiting(pool) == []


def test_a_newcomer_queues_behind_those_who_wait_and_a_server_is_woken(at, woken, django_capture_on_commit_callbacks):
    pool, ada, bob = make_pool(codes_each=1), make_participant(), make_participant()
    fill_set(pool=pool, participant=ada, at=at)
    add_codes(pool, 5)

    with django_capture_on_commit_callbacks(execute=True):
        filled = fill_set(pool=pool, participant=bob, at=at + timedelta(minutes=1))

    assert filled == Filled(given=0, lacking=1)
    assert waiting(pool) == [ada, bob]
    assert ("promocodes.serve_waiting", pool.pk) in woken


@pytest.mark.parametrize("place", [0, 1, 4, 9])
def test_wherever_an_assignment_begins_it_finds_every_code(at, place):
    pool, ada = make_pool(codes_each=10), make_participant()
    batch = add_codes(pool, 10)

    class Rng(Random):
        def randint(self, a, b):
            assert (a, b) == (batch.first_id, batch.last_id)
            return a + place

    assert fill_set(pool=pool, participant=ada, at=at, rng=Rng()) == Filled(given=10, lacking=0)
    assert in_stock(pool) == 0


def test_codes_outside_the_noted_place_of_the_stock_are_found_as_well(at):
    pool, ada = make_pool(codes_each=4), make_participant()
    batch = add_codes(pool, 4)
    type(pool).objects.filter(pk=pool.pk).update(first_id=batch.first_id + 1, last_id=batch.first_id + 2)

    assert fill_set(pool=pool, participant=ada, at=at).given == 4


def test_codes_past_their_date_are_not_given(at):
    pool, ada = make_pool(codes_each=2), make_participant()
    add_codes(pool, 3, "OLD", expires_at=at)
    add_codes(pool, 1, "NEW", expires_at=at + timedelta(seconds=1))

    assert fill_set(pool=pool, participant=ada, at=at) == Filled(given=1, lacking=1)
    assert PromoCode.objects.get(participant=ada).code == "NEW-0"


def test_held_codes_past_their_date_are_replaced_before_they_are_marked(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    make_code(pool=pool, participant=ada, expires_at=at - timedelta(days=1))
    pool.refresh_from_db()
    add_codes(pool, 1)

    assert fill_set(pool=pool, participant=ada, at=at).given == 1


def test_a_code_given_by_hand_fills_no_place_of_the_set(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    make_code(pool=pool, participant=ada, is_extra=True)
    add_codes(pool, 3)

    assert fill_set(pool=pool, participant=ada, at=at).given == 1


def test_the_blocked_get_no_codes(at):
    pool, mallory = make_pool(), make_participant(date_blocked=NOON)
    add_codes(pool, 5)

    assert fill_set(pool=pool, participant=mallory, at=at) == Filled(given=0, lacking=0)
    assert (in_stock(pool), waiting(pool)) == (5, [])


def test_nothing_is_taken_from_another_pool(at):
    pool, other, ada = make_pool(codes_each=1), make_pool(), make_participant()
    add_codes(other, 5)

    assert fill_set(pool=pool, participant=ada, at=at) == Filled(given=0, lacking=1)
    assert in_stock(other) == 5


def test_who_joins_a_program_with_promo_codes_gets_their_set(at):
    pool, ada = make_pool(codes_each=2), make_participant()
    add_codes(pool, 5)

    give_to_newcomer(participant=ada, program=pool.program, at=at)

    assert held(pool, ada) == 2


def test_who_joins_a_program_without_promo_codes_gets_none(at):
    off, ada = make_pool(switched_on_at=None), make_participant()
    add_codes(off, 5)

    give_to_newcomer(participant=ada, program=off.program, at=at)
    give_to_newcomer(participant=ada, program=make_program(), at=at)

    assert not CodeHolder.objects.exists()
    assert in_stock(off) == 5
