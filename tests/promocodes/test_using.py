from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from programs.models import ReferralCode
from programs.operations import InvalidValue
from promocodes.models import CodePool, CodeUse, PromoCode
from promocodes.operations import UseOutcome, fill_set, use_code, withdraw_code
from team.audit import Actor
from tests.factories import make_code, make_participant, make_pool, make_program
from tests.promocodes.sets import add_codes, held, waiting

pytestmark = pytest.mark.django_db
State = PromoCode.State
ANN = Actor(label="ann@example.com")


@pytest.fixture
def pool():
    return make_pool(codes_each=1)


@pytest.fixture
def ada():
    return make_participant()


@pytest.fixture
def code(pool, ada):
    return make_code("SPRING-1", pool=pool, participant=ada)


def test_a_code_is_used_by_a_friend_and_names_its_advocate_and_program(code, ada, at):
    friend = make_participant()

    result = use_code(code="spring-1", key="order-7", friend=friend, at=at)

    assert (result.outcome, result.is_used) == (UseOutcome.USED_NOW, True)
    assert (result.advocate, result.program) == (ada, code.pool.program)
    code.refresh_from_db()
    assert (code.state, code.used_at, code.use_count) == (State.USED, at, 1)
    use = CodeUse.objects.get()
    assert (use.code, use.key, use.friend, use.at) == (code, "order-7", friend, at)
    assert result.use == use


def test_the_same_event_again_gives_back_the_first_use(code, at):
    first = use_code(code="SPRING-1", key="order-7", at=at)

    again = use_code(code="SPRING-1", key="order-7", at=at + timedelta(days=400))

    assert (again.outcome, again.is_used, again.use) == (UseOutcome.SAME_EVENT, True, first.use)
    assert CodeUse.objects.count() == 1


def test_another_event_is_told_that_the_code_is_used(code, at):
    use_code(code="SPRING-1", key="order-7", at=at)

    other = use_code(code="SPRING-1", key="order-8", at=at)

    assert (other.outcome, other.is_used, other.use) == (UseOutcome.USED_BY_ANOTHER, False, None)
    code.refresh_from_db()
    assert (code.use_count, CodeUse.objects.count()) == (1, 1)


def test_a_used_code_is_replaced_at_once(code, pool, ada, at):
    add_codes(pool, 2)

    use_code(code="SPRING-1", key="order-7", at=at)

    assert held(pool, ada) == 1


def test_with_an_empty_stock_the_advocate_waits_for_the_replacement(code, pool, ada, at):
    use_code(code="SPRING-1", key="order-7", at=at)

    assert (held(pool, ada), waiting(pool)) == (0, [ada])


def test_a_code_given_by_hand_is_not_replaced(pool, ada, at):
    make_code("EXTRA-1", pool=pool, participant=ada, is_extra=True)
    add_codes(pool, 2)

    assert use_code(code="EXTRA-1", key="order-7", at=at).outcome == UseOutcome.USED_NOW
    assert held(pool, ada) == 0


def test_a_multi_use_code_counts_each_event_once(ada, at):
    pool = make_pool(kind=CodePool.Kind.MULTI_USE, codes_each=1)
    code = make_code("ADA10", pool=pool, participant=ada)

    outcomes = [use_code(code="ADA10", key=key, at=at).outcome for key in ("o-1", "o-2", "o-1")]

    assert outcomes == [UseOutcome.USED_NOW, UseOutcome.USED_NOW, UseOutcome.SAME_EVENT]
    code.refresh_from_db()
    assert (code.state, code.use_count, code.used_at) == (State.ASSIGNED, 2, at)
    assert CodeUse.objects.filter(code=code).count() == 2


def test_a_withdrawn_code_is_refused_and_says_so(code, at):
    withdraw_code(code=code, reason="leaked", by=ANN, at=at)

    result = use_code(code="SPRING-1", key="order-7", at=at)

    assert (result.outcome, result.is_used) == (UseOutcome.WITHDRAWN, False)
    assert not CodeUse.objects.exists()


def test_a_code_in_stock_is_nobodys_yet(pool, at):
    make_code("FREE-1", pool=pool)

    assert use_code(code="FREE-1", key="order-7", at=at).outcome == UseOutcome.NOT_ASSIGNED
    assert PromoCode.objects.get(code="FREE-1").state == State.STOCK


def test_a_code_past_its_date_is_refused_before_it_is_marked(pool, ada, at):
    code = make_code("OLD-1", pool=pool, participant=ada, expires_at=at)

    assert use_code(code="OLD-1", key="order-7", at=at).outcome == UseOutcome.EXPIRED
    code.refresh_from_db()
    assert (code.state, code.use_count) == (State.ASSIGNED, 0)
    assert use_code(code="OLD-1", key="order-7", at=at - timedelta(seconds=1)).outcome == UseOutcome.USED_NOW


@pytest.mark.parametrize("text", ["NOPE", "", "a b", "x" * 65, "nul\x00", "SPRING-1\n"])
def test_what_is_no_code_is_unknown(code, text, at):
    result = use_code(code=text, key="order-7", at=at)

    assert (result.outcome, result.code, result.advocate, result.program) == (UseOutcome.UNKNOWN, None, None, None)


def test_a_referral_code_is_no_promo_code(ada, at):
    ReferralCode.objects.create(code="ADALOVELACE", program=make_program(), participant=ada)

    assert use_code(code="adalovelace", key="order-7", at=at).outcome == UseOutcome.UNKNOWN


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_event_needs_a_key(code, key, at):
    with pytest.raises(InvalidValue):
        use_code(code="SPRING-1", key=key, at=at)

    code.refresh_from_db()
    assert code.state == State.ASSIGNED


def test_using_takes_few_queries(pool, ada, at, django_assert_max_num_queries):
    add_codes(pool, 5)
    fill_set(pool=pool, participant=ada, at=at)
    mine = PromoCode.objects.filter(participant=ada).first()

    with django_assert_max_num_queries(14):
        use_code(code=mine.code, key=f"order-{timezone.now()}", at=at)
