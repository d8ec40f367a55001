from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from promocodes.models import PromoCode
from promocodes.operations import UseOutcome, fill_set, serve_waiting, use_code, withdraw_code
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, stock_pool
from tests.promocodes.sets import held, in_stock, waiting

PEOPLE = 4
people = st.integers(0, PEOPLE - 1)
steps = st.one_of(
    st.tuples(st.just("join"), people),
    st.tuples(st.just("use"), people),
    st.tuples(st.just("withdraw"), people),
    st.tuples(st.just("upload"), st.integers(1, 6)),
    st.tuples(st.just("serve"), st.just(0)),
)


class Plain:
    """Sets, a stock and a queue as plain numbers and a list, one step after another."""

    def __init__(self, each):
        self.each, self.stock, self.held, self.queue = each, 0, {}, []

    def fill(self, person):
        lacking = self.each - self.held.setdefault(person, 0)
        got = 0 if set(self.queue) - {person} else min(lacking, self.stock)
        self.stock -= got
        self.held[person] += got
        if got == lacking and person in self.queue:
            self.queue.remove(person)
        elif got < lacking and person not in self.queue:
            self.queue.append(person)

    def lose(self, person):
        if self.held.get(person):
            self.held[person] -= 1
            self.fill(person)

    def serve(self):
        for person in list(self.queue):
            got = min(self.each - self.held[person], self.stock)
            self.stock -= got
            self.held[person] += got
            if self.held[person] == self.each:
                self.queue.remove(person)


class AssignmentIsAsInThePlainModel(TestCase):
    @pytest.fixture(autouse=True)
    def _no_worker(self, woken):
        """No task reaches a broker."""

    @settings(max_examples=60, deadline=None)
    @given(each=st.integers(1, 3), script=st.lists(steps, max_size=25), seed=st.integers(0, 1000))
    def test_after_every_step(self, each, script, seed):
        pool, plain, rng = make_pool(codes_each=each), Plain(each), Random(seed)
        crowd = [make_participant() for _ in range(PEOPLE)]
        for number, (step, value) in enumerate(script):
            at = NOON + timedelta(minutes=number)
            codes = PromoCode.objects.filter(participant=crowd[value % PEOPLE], state=PromoCode.State.ASSIGNED)
            if step == "join":
                fill_set(pool=pool, participant=crowd[value], at=at, rng=rng)
                plain.fill(value)
            elif step == "use" and (code := codes.first()):
                assert use_code(code=code.code, key=f"o-{number}", at=at).outcome == UseOutcome.USED_NOW
                plain.lose(value)
            elif step == "withdraw" and (code := codes.first()):
                withdraw_code(code=code, reason="leaked", by=SYSTEM, at=at)
                plain.lose(value)
            elif step == "upload":
                pool.refresh_from_db()
                stock_pool(pool, *(f"C-{pool.pk}-{number}-{n}" for n in range(value)))
                plain.stock += value
            elif step == "serve":
                serve_waiting(pool=pool, at=at)
                plain.serve()

            assert in_stock(pool) == plain.stock
            assert [held(pool, person) for person in crowd] == [plain.held.get(n, 0) for n in range(PEOPLE)]
            assert [crowd.index(person) for person in waiting(pool)] == plain.queue
