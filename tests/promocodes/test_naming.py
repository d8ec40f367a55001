from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from jobs.models import Job
from jobs.runner import run_job
from outbox.models import Email
from programs.operations import block_participant, join_program, unblock_participant
from promocodes.models import CodeBatch, CodePool, PromoCode
from promocodes.operations import Filled, check_stock, fill_set, serve_waiting, withdraw_code
from promocodes.operations.name_patterns import BadNamePattern
from promocodes.operations.pools import PoolSettings, save_pool, switch_on
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program
from tests.promocodes.sets import add_codes, held, make_advocate, start_giving, waiting

pytestmark = pytest.mark.django_db
State = PromoCode.State


@pytest.fixture
def pool():
    return make_pool(kind="multi_use", codes_each=1, name_pattern="{FIRST}{LAST}")


def code_of(person):
    return PromoCode.objects.get(participant=person, state=State.ASSIGNED)


def test_who_joins_gets_a_code_made_from_their_name(pool):
    ana = make_participant(first_name="Ana", last_name="García")

    filled = fill_set(pool=pool, participant=ana, at=NOON)

    assert filled == Filled(given=1, lacking=0)
    code = code_of(ana)
    assert (code.code, code.is_multi_use, code.is_extra, code.assigned_at) == ("ANAGARCIA", True, False, NOON)
    batch = CodeBatch.objects.get()
    assert (batch.source, batch.code_count, batch.first_id, batch.last_id) == ("names", 1, code.pk, code.pk)


def test_the_primary_referral_code_of_the_same_name_keeps_its_text(pool):
    ana = make_participant(first_name="Ana", last_name="García")

    joined = join_program(participant=ana, program=pool.program, by=SYSTEM, at=NOON)

    assert joined.code == "ANAGARCIA"
    assert code_of(ana).code.startswith("ANAGARCIA")
    assert len(code_of(ana).code) == len("ANAGARCIA") + 2


def test_two_of_one_name_get_two_codes_in_any_case(pool):
    make_code("anagarcia", pool=make_pool())
    people = [make_participant(first_name="Ana", last_name="García") for _ in range(3)]

    for person in people:
        fill_set(pool=pool, participant=person, at=NOON, rng=Random(3))

    codes = [code_of(person).code for person in people]
    assert len({code.lower() for code in codes}) == 3
    assert all(code.startswith("ANAGARCIA") and code != "ANAGARCIA" for code in codes)


def test_a_full_set_gets_no_second_code(pool):
    ana = make_participant(first_name="Ana", last_name="García")
    fill_set(pool=pool, participant=ana, at=NOON)

    assert fill_set(pool=pool, participant=ana, at=NOON) == Filled(given=0, lacking=0)
    assert PromoCode.objects.filter(participant=ana).count() == 1


def test_a_withdrawn_code_is_replaced_by_another(pool):
    ana = make_participant(first_name="Ana", last_name="García")
    fill_set(pool=pool, participant=ana, at=NOON)

    withdraw_code(code=code_of(ana), reason="leaked", by=SYSTEM, at=NOON)

    assert code_of(ana).code.startswith("ANAGARCIA")
    assert PromoCode.objects.get(participant=ana, state=State.WITHDRAWN).code == "ANAGARCIA"


def test_switching_on_makes_a_code_for_each_advocate_in_sets():
    pool = make_pool(kind="multi_use", codes_each=1, name_pattern="{FIRST}-{LAST}", switched_on_at=None)
    people = [make_advocate(pool, first_name="Ana", last_name=last) for last in ("García", "Ruiz", "García", "王")]
    blocked = make_advocate(pool, first_name="Bo", last_name="Li", date_blocked=NOON)

    job = switch_on(pool=pool, by=SYSTEM, at=NOON).job
    run_job(job.pk)

    job.refresh_from_db()
    assert (job.status, job.totals) == (Job.Status.DONE, {"given": 4})
    codes = [code_of(person).code for person in people]
    assert codes[1] == "ANA-RUIZ"
    assert {"ANA-GARCIA"} < {code[:10] for code in codes}
    assert len(set(codes)) == 4
    assert [held(pool, one) for one in (*people, blocked)] == [1, 1, 1, 1, 0]
    assert (CodeBatch.objects.get().code_count, waiting(pool)) == (4, [])


def test_the_job_may_run_again(pool):
    people = [make_advocate(pool, first_name="Ana", last_name="Ruiz") for _ in range(3)]

    for _turn in range(2):
        run_job(start_giving(pool).pk)

    assert [held(pool, person) for person in people] == [1, 1, 1]
    assert CodeBatch.objects.get().code_count == 3


def test_who_waited_for_a_code_in_stock_gets_one_from_their_name():
    pool = make_pool(kind="multi_use", codes_each=1)
    ana = make_advocate(pool, first_name="Ana", last_name="Ruiz")
    fill_set(pool=pool, participant=ana, at=NOON)
    assert waiting(pool) == [ana]
    settings = PoolSettings(kind="multi_use", name_pattern="{FIRST}{LAST}")

    pool = save_pool(program=pool.program, settings=settings, seen_at=pool.updated_at, by=SYSTEM, at=NOON)
    serve_waiting(pool=pool, at=NOON)

    assert (code_of(ana).code, waiting(pool)) == ("ANARUIZ", [])
    assert Job.objects.get().params == {"pool": pool.pk}


def test_who_has_a_code_from_the_stock_keeps_it():
    pool = make_pool(kind="multi_use", codes_each=1)
    ana = make_advocate(pool, first_name="Ana", last_name="Ruiz")
    add_codes(pool, 1)
    fill_set(pool=pool, participant=ana, at=NOON)
    CodePool.objects.update(name_pattern="{FIRST}{LAST}")

    run_job(start_giving(pool).pk)

    assert code_of(ana).code == "C-0"


def test_no_mail_tells_of_a_stock_that_nobody_needs(pool):
    CodePool.objects.update(notify_at=10, notify_emails=["ann@example.com"])

    assert check_stock(pool=pool, at=NOON) == "enough"
    assert not Email.objects.exists()


def test_a_pattern_that_makes_no_code_is_refused():
    program = make_program()
    settings = PoolSettings(kind="multi_use", name_pattern="SPRING")

    with pytest.raises(BadNamePattern):
        save_pool(program=program, settings=settings, seen_at=None, by=SYSTEM, at=NOON)

    assert not CodePool.objects.exists()


def test_one_time_codes_are_never_made_from_names():
    settings = PoolSettings(kind="one_time", name_pattern="{FIRST}{LAST}")

    pool = save_pool(program=make_program(), settings=settings, seen_at=None, by=SYSTEM, at=NOON)

    assert pool.name_pattern == ""


@pytest.mark.parametrize("pattern", ["", "{FIRST}{LAST}"])
def test_an_unblocked_advocate_gets_their_code_at_once(pattern):
    pool = make_pool(kind="multi_use", codes_each=1, name_pattern=pattern)
    add_codes(pool, 1)
    ana = make_advocate(pool, first_name="Ana", last_name="Ruiz")
    block_participant(participant=ana, reason="fraud", by=SYSTEM, at=NOON)
    run_job(start_giving(pool).pk)
    assert held(pool, ana) == 0

    unblock_participant(participant=ana, reason="", by=SYSTEM, at=NOON + timedelta(hours=1))

    assert held(pool, ana) == 1
