from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from jobs.models import Job
from programs.models import ReferralCode
from programs.operations import CodeTaken, InvalidValue
from promocodes.models import CodeBatch, CodePool, PromoCode
from promocodes.operations import PoolIsOff
from promocodes.operations.pools import (
    KindIsFixed,
    PoolChangedMeanwhile,
    PoolSettings,
    StockIsOfOtherKind,
    save_pool,
    set_on_widgets,
    set_up_codes,
    switch_on,
)
from team.audit import Actor
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program, stock_pool

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
BY = Actor(label="ana@example.com")
Kind = CodePool.Kind
State = PromoCode.State


@pytest.fixture
def program():
    return make_program(name="Spring")


def save(program, settings=None, *, seen_at=None, at=NOON, **fields):
    return save_pool(program=program, settings=settings or PoolSettings(**fields), seen_at=seen_at, by=BY, at=at)


def as_is(pool):
    return CodePool.objects.values().get(pk=pool.pk)


def test_the_first_settings_make_the_pool(program):
    pool = save(program, codes_each=3, notify_at=50, notify_emails=("ada@example.com", "Ada@example.com"))

    pool.refresh_from_db()
    assert (pool.program, pool.kind, pool.codes_each, pool.notify_at) == (program, Kind.ONE_TIME, 3, 50)
    assert (pool.notify_emails, pool.switched_on_at, pool.on_widgets) == (["ada@example.com"], None, False)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.changes["codes_each"]) == ("codepool.saved", [5, 3])


def test_settings_are_changed_as_the_person_saw_them(program):
    pool = save(program, notify_at=50)

    changed = save(program, notify_at=80, seen_at=pool.updated_at, at=LATER)

    changed.refresh_from_db()
    assert (changed.notify_at, changed.updated_at) == (80, LATER)


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(program):
    pool = save(program, notify_at=50)
    save(program, notify_at=60, seen_at=NOON, at=LATER)
    before = as_is(pool)

    for seen_at in (NOON, None):
        with pytest.raises(PoolChangedMeanwhile):
            save(program, notify_at=70, seen_at=seen_at, at=LATER + timedelta(hours=1))

    assert as_is(pool) == before
    assert AuditEntry.objects.count() == 2


def test_an_upload_that_came_first_does_not_stop_the_first_settings(program):
    make_pool(program=program, switched_on_at=None)

    assert save(program, codes_each=7, seen_at=NOON, at=LATER).codes_each == 7


def test_saving_the_same_again_changes_nothing(program):
    pool = save(program, notify_at=50)

    again = save(program, notify_at=50, at=LATER)

    assert again.updated_at == pool.updated_at
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"codes_each": 0}, "codes_each"),
        ({"codes_each": 101}, "codes_each"),
        ({"kind": "never"}, "kind"),
        ({"notify_at": -1}, "notify_at"),
        ({"notify_emails": ("nobody",)}, "notify_emails"),
        ({"notify_emails": tuple(f"a{n}@example.com" for n in range(21))}, "notify_emails"),
        ({"fallback": "two words"}, "code"),
    ],
)
def test_a_setting_that_is_none_is_refused_and_changes_nothing(program, fields, field):
    with pytest.raises(InvalidValue) as caught:
        save(program, **fields)

    assert caught.value.params["field"] == field
    assert not CodePool.objects.exists()
    assert not AuditEntry.objects.exists()


def test_of_multi_use_codes_each_advocate_gets_one(program):
    assert save(program, kind=Kind.MULTI_USE, codes_each=5).codes_each == 1


def test_a_fallback_code_is_claimed_in_the_batch_of_codes_added_by_hand(program):
    pool = save(program, fallback="WELCOME")

    code = PromoCode.objects.get(code="WELCOME")
    assert (code.state, code.is_multi_use, code.participant, code.pool) == (State.SHARED, True, None, pool)
    assert (code.batch.source, code.batch.code_count) == (CodeBatch.Source.MANUAL, 1)
    assert CodePool.objects.get().fallback == code
    assert AuditEntry.objects.get().changes == {"fallback": ["", "WELCOME"]}


def test_a_former_fallback_code_goes_on_working_and_can_come_back(program):
    save(program, fallback="WELCOME")
    save(program, fallback="HELLO", seen_at=NOON, at=LATER)

    assert PromoCode.objects.get(code="WELCOME").state == State.SHARED
    pool = save(program, fallback="welcome", seen_at=LATER, at=LATER + timedelta(hours=1))

    assert pool.fallback.code == "WELCOME"
    assert PromoCode.objects.filter(pool=pool).count() == 2


def test_a_fallback_code_can_be_taken_away(program):
    save(program, fallback="WELCOME")

    assert save(program, seen_at=NOON, at=LATER).fallback is None
    assert PromoCode.objects.get(code="WELCOME").state == State.SHARED


def test_a_fallback_code_cannot_be_another_code(program):
    other = make_program()
    ReferralCode.objects.create(code="ADA", program=other, participant=make_participant())
    stock_pool(make_pool(program=other), "SPRING-1")

    for text in ("ada", "spring-1"):
        with pytest.raises(CodeTaken):
            save(program, fallback=text)

    assert not CodePool.objects.filter(program=program).exists()


def test_another_kind_turns_the_codes_in_stock_too(program):
    pool = save(program, notify_at=1)
    stock_pool(pool, "A-1", "A-2")

    save(program, kind=Kind.MULTI_USE, notify_at=1, seen_at=NOON, at=LATER)

    assert PromoCode.objects.filter(pool=pool, is_multi_use=True).count() == 2


def test_another_kind_is_refused_where_too_many_codes_are_in_stock(program, monkeypatch):
    monkeypatch.setattr("promocodes.operations.pools.MOST_TURNED", 1)
    pool = save(program, notify_at=1)
    stock_pool(pool, "A-1", "A-2")
    before = as_is(pool)

    with pytest.raises(StockIsOfOtherKind):
        save(program, kind=Kind.MULTI_USE, notify_at=1, seen_at=NOON, at=LATER)

    assert as_is(pool) == before


def test_switching_on_starts_one_job_that_gives_the_codes(program):
    pool = save(program, notify_at=1)

    done = switch_on(pool=pool, by=BY, at=LATER)

    assert done.pool.switched_on_at == LATER
    job = Job.objects.get()
    assert (job, job.type, job.params, job.without_preview) == (done.job, "give-codes", {"pool": pool.pk}, True)
    assert AuditEntry.objects.filter(action="codepool.switched_on").count() == 1


def test_a_double_click_is_one_job(program):
    pool = save(program, notify_at=1)

    first, second = (switch_on(pool=pool, by=BY, at=at) for at in (LATER, LATER + timedelta(seconds=1)))

    assert (first.job is None, second.job, second.pool.switched_on_at) == (False, None, LATER)
    assert Job.objects.count() == 1
    assert AuditEntry.objects.filter(action="codepool.switched_on").count() == 1


def test_saving_and_switching_on_happen_together_or_not_at_all(program):
    with pytest.raises(InvalidValue):
        set_up_codes(program=program, settings=PoolSettings(codes_each=0), seen_at=None, by=BY, at=NOON)
    assert not CodePool.objects.exists()

    done = set_up_codes(program=program, settings=PoolSettings(codes_each=3), seen_at=None, by=BY, at=NOON)

    assert (done.pool.codes_each, done.pool.is_on, Job.objects.count()) == (3, True, 1)


def test_a_pool_that_is_on_keeps_its_kind(program):
    pool = set_up_codes(program=program, settings=PoolSettings(), seen_at=None, by=BY, at=NOON).pool
    before = as_is(pool)

    with pytest.raises(KindIsFixed):
        save(program, kind=Kind.MULTI_USE, seen_at=NOON, at=LATER)

    assert as_is(pool) == before


def test_more_codes_for_each_are_given_at_once_and_fewer_take_nothing_away(program):
    set_up_codes(program=program, settings=PoolSettings(codes_each=3), seen_at=None, by=BY, at=NOON)

    save(program, codes_each=5, seen_at=NOON, at=LATER)
    assert Job.objects.count() == 2

    save(program, codes_each=2, seen_at=LATER, at=LATER + timedelta(hours=1))
    assert Job.objects.count() == 2


def test_the_component_is_put_on_the_widgets_and_taken_off(program):
    pool = set_up_codes(program=program, settings=PoolSettings(), seen_at=None, by=BY, at=NOON).pool

    outcomes = [set_on_widgets(pool=pool, shown=shown, by=BY, at=LATER) for shown in (True, True, False)]

    assert outcomes == [True, False, True]
    actions = AuditEntry.objects.filter(action__contains="widgets").order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["codepool.put_on_widgets", "codepool.taken_off_widgets"]


def test_codes_that_are_off_cannot_be_on_the_widgets(program):
    pool = save(program, notify_at=1)

    with pytest.raises(PoolIsOff):
        set_on_widgets(pool=pool, shown=True, by=BY, at=LATER)

    assert not CodePool.objects.get().on_widgets


def test_no_way_leads_back_from_on(program):
    pool = set_up_codes(program=program, settings=PoolSettings(), seen_at=None, by=BY, at=NOON).pool
    before = as_is(pool)
    pool.switched_on_at = None

    for attempt in (pool.save, pool.delete, lambda: CodePool.objects.update(switched_on_at=None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt()

    assert as_is(CodePool.objects.get()) == before
