from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db.models import Count

from outbox.models import Email
from programs.operations import CodeTaken
from promocodes.models import CodeHolder, CodePool, CodeUse, PromoCode
from promocodes.operations import (
    CodeOrigin,
    UseOutcome,
    check_stock,
    expire_codes,
    fill_set,
    give_code,
    repair_sets,
    serve_waiting,
    use_code,
    withdraw_code,
)
from team.audit import SYSTEM
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, stock_pool
from tests.promocodes.sets import add_codes, held, in_stock, waiting

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CLIENTS = 64
THREADS = 16  # connections of which the server has a hundred, and other tests take some
State = PromoCode.State


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Collect the tasks that workers are told of, which no worker runs here."""
    tasks = []
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args=(), **_options: tasks.append((name, *args)))
    return tasks


def errors_in(results):
    return [result for result in results if isinstance(result, BaseException)]


def given_twice():
    """Return the codes that more than one use or advocate has, which the database must not hold."""
    uses = CodeUse.objects.filter(code__is_multi_use=False).values("code").annotate(count=Count("pk"))
    return list(uses.filter(count__gt=1))


def test_sixty_four_clients_share_the_last_ten_codes(woken):
    pool = make_pool(codes_each=1, notify_emails=["ann@example.com"])
    people = [make_participant() for _ in range(CLIENTS)]
    add_codes(pool, 10)

    results = race([partial(fill_set, pool=pool, participant=person, at=NOON) for person in people])
    race([partial(check_stock, pool=pool, at=NOON)] * 8)

    assert errors_in(results) == []
    assert Counter((result.given, result.lacking) for result in results) == {(1, 0): 10, (0, 1): 54}
    assert PromoCode.objects.filter(state=State.ASSIGNED).values("participant").distinct().count() == 10
    assert (in_stock(pool), len(waiting(pool))) == (0, 54)
    assert ("promocodes.check_stock", pool.pk) in woken
    assert Email.objects.filter(name="stock-empty").count() == Email.objects.count() == 1


def test_sixty_four_clients_use_one_code_and_one_succeeds():
    pool, ada = make_pool(codes_each=1), make_participant()
    make_code("SPRING-1", pool=pool, participant=ada)
    add_codes(pool, 3)

    results = race([partial(use_code, code="spring-1", key=f"order-{n}", at=NOON) for n in range(CLIENTS)])

    assert Counter(result.outcome for result in results) == {
        UseOutcome.USED_NOW: 1,
        UseOutcome.USED_BY_ANOTHER: CLIENTS - 1,
    }
    assert CodeUse.objects.count() == 1
    assert (held(pool, ada), in_stock(pool)) == (1, 2)


def test_one_event_delivered_sixty_four_times_is_one_use():
    pool, ada = make_pool(codes_each=1), make_participant()
    make_code("SPRING-1", pool=pool, participant=ada)

    results = race([partial(use_code, code="SPRING-1", key="order-1", at=NOON)] * CLIENTS)

    assert Counter(result.outcome for result in results) == {
        UseOutcome.USED_NOW: 1,
        UseOutcome.SAME_EVENT: CLIENTS - 1,
    }
    assert {result.use.pk for result in results} == {CodeUse.objects.get().pk}


def test_a_multi_use_code_counts_each_of_many_events_once():
    pool, ada = make_pool(kind="multi_use", codes_each=1), make_participant()
    code = make_code("ADA10", pool=pool, participant=ada)

    results = race([partial(use_code, code="ADA10", key=f"order-{n % 20}", at=NOON) for n in range(CLIENTS)])

    assert Counter(result.outcome for result in results) == {
        UseOutcome.USED_NOW: 20,
        UseOutcome.SAME_EVENT: CLIENTS - 20,
    }
    code.refresh_from_db()
    assert (code.use_count, CodeUse.objects.count()) == (20, 20)


def test_one_advocate_who_joins_sixteen_times_at_once_has_one_set():
    pool, ada = make_pool(codes_each=3), make_participant()
    add_codes(pool, 50)

    results = race([partial(fill_set, pool=pool, participant=ada, at=NOON)] * THREADS)

    assert errors_in(results) == []
    assert sum(result.given for result in results) == 3
    assert (held(pool, ada), CodeHolder.objects.count()) == (3, 1)


def test_using_and_withdrawing_one_code_at_once_do_one_of_the_two():
    for number in range(10):
        pool, ada = make_pool(codes_each=1), make_participant()
        code = make_code(f"BOTH-{number}", pool=pool, participant=ada)
        add_codes(pool, 5, f"S{number}")
        use = partial(use_code, code=code.code, key="order-1", at=NOON)
        withdraw = partial(withdraw_code, code=code, reason="leaked", by=SYSTEM, at=NOON)

        used, withdrawn = race([use, withdraw])

        code.refresh_from_db()
        assert code.state in {State.USED, State.WITHDRAWN}
        assert (used.outcome == UseOutcome.USED_NOW) is (code.state == State.USED)
        assert isinstance(withdrawn, Exception) is (code.state == State.USED)
        assert (held(pool, ada), in_stock(pool)) == (1, 4)


def test_several_servers_give_each_who_waits_one_set():
    pool = make_pool(codes_each=2)
    people = [make_participant() for _ in range(30)]
    for minute, person in enumerate(people):
        fill_set(pool=pool, participant=person, at=NOON + timedelta(minutes=minute))
    add_codes(pool, 41)

    results = race([partial(serve_waiting, pool=pool, at=NOON)] * 8)

    assert errors_in(results) == []
    assert sum(results) == 41
    assert [held(pool, person) for person in people] == [2] * 20 + [1] + [0] * 9
    assert waiting(pool) == people[20:]


def test_a_typed_code_that_sixteen_want_is_given_once():
    pool = make_pool(codes_each=1)
    give = [
        partial(
            give_code,
            pool=pool,
            participant=make_participant(),
            origin=CodeOrigin.TYPED,
            text="Ada-VIP" if number % 2 else "ADA-vip",
            by=SYSTEM,
            at=NOON,
        )
        for number in range(THREADS)
    ]

    results = race(give)

    assert sum(isinstance(result, PromoCode) for result in results) == 1
    assert sum(isinstance(result, CodeTaken) for result in results) == THREADS - 1
    assert PromoCode.objects.count() == 1


def test_the_level_moves_once_however_many_look():
    for number in range(10):
        pool = make_pool(notify_at=5, notify_emails=[f"ann{number}@example.com"])
        add_codes(pool, 5, f"P{number}")

        race([partial(check_stock, pool=pool, at=NOON + timedelta(seconds=second)) for second in range(THREADS)])

        assert CodePool.objects.get(pk=pool.pk).stock_level == CodePool.StockLevel.LOW
        assert Email.objects.filter(to=f"ann{number}@example.com").count() == 1


@pytest.mark.parametrize("seed", range(3))
def test_everything_at_once_gives_no_code_twice_and_forgets_nobody(seed):
    rng = random.Random(seed)
    pool = make_pool(codes_each=3, notify_at=20, notify_emails=["ann@example.com"])
    people = [make_participant() for _ in range(24)]
    add_codes(pool, 60, "FIRST")
    for person in people[:12]:
        fill_set(pool=pool, participant=person, at=NOON)
    assigned = list(PromoCode.objects.filter(state=State.ASSIGNED))
    PromoCode.objects.filter(pk__in=[code.pk for code in assigned[::5]]).update(expires_at=NOON)
    calls: list[Any] = [
        *(partial(fill_set, pool=pool, participant=person, at=NOON) for person in people),
        *(partial(use_code, code=code.code, key=f"order-{n}", at=NOON) for code in assigned for n in range(2)),
        *(partial(withdraw_code, code=code, reason="leaked", by=SYSTEM, at=NOON) for code in assigned[::3]),
        *(partial(serve_waiting, pool=pool, at=NOON) for _ in range(6)),
        *(partial(stock_pool, pool, *(f"NEW-{batch}-{n}" for n in range(10))) for batch in range(4)),
        partial(expire_codes, at=NOON),
        partial(repair_sets, pool=pool, at=NOON),
        partial(check_stock, pool=pool, at=NOON),
    ]
    rng.shuffle(calls)

    results = race(calls, threads=THREADS)
    serve_waiting(pool=pool, at=NOON)
    repair_sets(pool=pool, at=NOON)

    refused = Counter(type(error).__name__ for error in errors_in(results))
    assert refused.keys() <= {"CodeNotWithdrawable"}
    assert given_twice() == []
    used = PromoCode.objects.filter(state=State.USED)
    assert (
        used.count()
        == CodeUse.objects.count()
        == sum(getattr(result, "outcome", None) == UseOutcome.USED_NOW for result in results)
    )
    short = [person for person in people if held(pool, person) < 3]
    assert all(held(pool, person) <= 3 for person in people)
    assert (short == []) or in_stock(pool) == 0
    assert set(waiting(pool)) == set(short)
    assert PromoCode.objects.filter(state=State.EXPIRED, participant=None).count() == 0


def test_namesakes_who_join_at_once_get_a_code_each():
    pool = make_pool(kind="multi_use", codes_each=1, name_pattern="{FIRST}{LAST}")
    people = [make_participant(first_name="Ana", last_name="Ruiz") for _ in range(THREADS)]

    results = race([partial(fill_set, pool=pool, participant=person, at=NOON) for person in people], threads=THREADS)

    assert errors_in(results) == []
    codes = PromoCode.objects.filter(pool=pool, state=State.ASSIGNED)
    assert sorted(codes.values_list("participant", flat=True)) == sorted(person.pk for person in people)
    assert len({code.code.lower() for code in codes}) == THREADS
    assert pool.batches.get().code_count == THREADS
