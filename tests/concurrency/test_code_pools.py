from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from jobs.models import Job
from programs.models import Program
from programs.operations import CodeTaken
from promocodes.models import CodePool, PromoCode
from promocodes.operations.pools import (
    KindIsFixed,
    PoolChangedMeanwhile,
    PoolSettings,
    save_pool,
    set_on_widgets,
    set_up_codes,
    switch_on,
)
from team.audit import Actor
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import make_pool, make_program

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BY = Actor(label="ana@example.com")
THREADS = 8


def later(number):
    return NOON + timedelta(seconds=number)


def test_eight_clicks_switch_on_once_with_one_job():
    pool = make_pool(switched_on_at=None)

    results = race([partial(switch_on, pool=pool, by=BY, at=later(number)) for number in range(THREADS)])

    assert sum(result.job is not None for result in results) == 1
    assert Job.objects.count() == AuditEntry.objects.filter(action="codepool.switched_on").count() == 1
    assert {result.pool.switched_on_at for result in results} == {CodePool.objects.get().switched_on_at}


def test_eight_clicks_on_the_first_set_up_make_one_pool_and_one_job():
    program = make_program()
    settings = PoolSettings(codes_each=3, notify_at=10)
    call = partial(set_up_codes, program=program, settings=settings, seen_at=None, by=BY)

    results = race([partial(call, at=later(number)) for number in range(THREADS)])

    done = [result for result in results if not isinstance(result, Exception)]
    refused = [result for result in results if isinstance(result, Exception)]
    assert sum(result.job is not None for result in done) == 1
    assert all(isinstance(error, PoolChangedMeanwhile) for error in refused)
    assert (CodePool.objects.get().codes_each, Job.objects.count()) == (3, 1)


def test_eight_who_change_what_they_all_saw_change_it_once():
    pool = make_pool()
    calls = [
        partial(
            save_pool,
            program=Program.objects.get(pk=pool.program_id),
            settings=PoolSettings(notify_at=number + 1),
            seen_at=NOON,
            by=BY,
            at=later(number + 1),
        )
        for number in range(THREADS)
    ]

    results = race(calls)

    assert sum(isinstance(result, CodePool) for result in results) == 1
    assert sum(isinstance(result, PoolChangedMeanwhile) for result in results) == THREADS - 1
    assert AuditEntry.objects.count() == 1


def test_a_kind_changed_while_somebody_switches_on_is_either_before_or_refused():
    for attempt in range(6):
        program = make_program()
        pool = make_pool(program=program, switched_on_at=None)
        change = partial(
            save_pool,
            program=program,
            settings=PoolSettings(kind=CodePool.Kind.MULTI_USE),
            seen_at=NOON,
            by=BY,
            at=later(attempt + 1),
        )

        changed, switched = race([change, partial(switch_on, pool=pool, by=BY, at=later(attempt + 60))])

        pool.refresh_from_db()
        assert switched.job is not None
        if isinstance(changed, CodePool):
            assert pool.kind == CodePool.Kind.MULTI_USE
        else:
            assert isinstance(changed, (KindIsFixed, PoolChangedMeanwhile))
            assert pool.kind == CodePool.Kind.ONE_TIME


def test_eight_programs_that_want_one_fallback_code_get_it_once():
    programs = [make_program() for _number in range(THREADS)]
    settings = PoolSettings(fallback="WELCOME")

    results = race(
        [partial(save_pool, program=program, settings=settings, seen_at=None, by=BY, at=NOON) for program in programs]
    )

    assert sum(isinstance(result, CodePool) for result in results) == 1
    assert sum(isinstance(result, CodeTaken) for result in results) == THREADS - 1
    assert PromoCode.objects.filter(code="WELCOME").count() == 1
    assert CodePool.objects.count() == 1


def test_eight_clicks_put_the_component_on_once():
    pool = make_pool()

    results = race([partial(set_on_widgets, pool=pool, shown=True, by=BY, at=NOON)] * THREADS)

    assert sorted(results) == [False] * (THREADS - 1) + [True]
    assert AuditEntry.objects.count() == 1
