from __future__ import annotations

import pytest

from jobs.operations import cancel_job
from promocodes.models import CodeHolder
from promocodes.operations import fill_set, repair_sets
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import make_pool
from tests.promocodes.sets import add_codes, held, make_advocate, start_giving, waiting

pytestmark = pytest.mark.django_db


def test_an_advocate_who_was_never_noted_gets_their_set(at):
    pool = make_pool(codes_each=2)
    ada = make_advocate(pool)
    add_codes(pool, 5)

    assert repair_sets(pool=pool, at=at) == 1
    assert (held(pool, ada), waiting(pool)) == (2, [])


def test_a_set_that_is_short_though_nobody_waits_is_filled(at):
    pool = make_pool(codes_each=2)
    ada = make_advocate(pool)
    CodeHolder.objects.create(pool=pool, participant=ada, joined_at=at)
    add_codes(pool, 5)

    assert repair_sets(pool=pool, at=at) == 1
    assert held(pool, ada) == 2


def test_nobody_is_looked_for_while_a_job_gives_the_first_sets(at):
    pool = make_pool(codes_each=2)
    ada = make_advocate(pool)
    add_codes(pool, 5)
    job = start_giving(pool)

    assert repair_sets(pool=pool, at=at) == 0
    assert (held(pool, ada), CodeHolder.objects.count()) == (0, 0)

    cancel_job(job=job, by=SYSTEM, at=at)
    assert repair_sets(pool=pool, at=at) == 1
    assert held(pool, ada) == 2


def test_full_sets_and_queues_are_left_alone(at):
    pool = make_pool(codes_each=2)
    ada, bob = make_advocate(pool), make_advocate(pool)
    add_codes(pool, 2)
    for person in (ada, bob):
        fill_set(pool=pool, participant=person, at=at)

    assert repair_sets(pool=pool, at=at.replace(year=2030)) == 0
    assert CodeHolder.objects.get(participant=bob).waiting_since == at


def test_the_blocked_wait_for_their_unblocking(at):
    pool = make_pool(codes_each=2)
    mallory = make_advocate(pool, date_blocked=NOON)
    add_codes(pool, 2)
    fill_set(pool=pool, participant=mallory, at=at)

    assert repair_sets(pool=pool, at=at) == 0

    type(mallory).objects.filter(pk=mallory.pk).update(date_blocked=None)
    assert repair_sets(pool=pool, at=at) == 1
    assert held(pool, mallory) == 2


def test_a_pool_that_is_not_on_is_left_alone(at):
    pool = make_pool(switched_on_at=None)
    make_advocate(pool)

    assert repair_sets(pool=pool, at=at) == 0
    assert not CodeHolder.objects.exists()
