from __future__ import annotations

from random import Random

import pytest

from programs.models import ReferralCode
from programs.operations import CodeTaken, InvalidValue
from promocodes.models import CodeBatch, CodePool, PromoCode
from promocodes.operations import (
    CodeOrigin,
    ParticipantBlocked,
    PoolIsOff,
    StockEmpty,
    fill_set,
    give_code,
    mark_copied,
)
from promocodes.operations.giving import ALPHABET, GENERATED_LENGTH
from team.audit import Actor
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.promocodes.sets import add_codes, held, in_stock

pytestmark = pytest.mark.django_db
State = PromoCode.State
ANN = Actor(label="ann@example.com")


@pytest.fixture
def pool():
    return make_pool(codes_each=2)


@pytest.fixture
def ada():
    return make_participant()


def give(pool, participant, origin, text="", **options):
    return give_code(pool=pool, participant=participant, origin=origin, text=text, by=ANN, at=NOON, **options)


def test_a_code_from_the_stock_joins_the_set_without_filling_a_place_of_it(pool, ada, at):
    add_codes(pool, 5)
    fill_set(pool=pool, participant=ada, at=at)

    code = give(pool, ada, CodeOrigin.POOL)

    assert (code.state, code.participant, code.is_extra, code.assigned_at) == (State.ASSIGNED, ada, True, NOON)
    assert (held(pool, ada), in_stock(pool)) == (2, 2)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.object_id) == ("promo_code.given", ANN.label, str(code.pk))


def test_an_empty_stock_gives_no_code(pool, ada):
    with pytest.raises(StockEmpty):
        give(pool, ada, CodeOrigin.POOL)

    assert not AuditEntry.objects.exists()


def test_a_typed_code_is_kept_as_typed_in_the_batch_of_those_added_by_hand(pool, ada):
    first, second = (give(pool, ada, CodeOrigin.TYPED, text) for text in (" Ada-vip ", "ADA_2"))

    assert [code.code for code in (first, second)] == ["Ada-vip", "ADA_2"]
    batch = CodeBatch.objects.get()
    assert (batch.source, batch.code_count) == (CodeBatch.Source.MANUAL, 2)
    assert (batch.first_id, batch.last_id) == (first.pk, second.pk)
    assert (first.batch, first.is_extra) == (batch, True)


@pytest.mark.parametrize("text", ["", "a b", "é", "x" * 65, "a\x00"])
def test_a_typed_code_has_the_form_of_a_code(pool, ada, text):
    with pytest.raises(InvalidValue):
        give(pool, ada, CodeOrigin.TYPED, text)

    assert not PromoCode.objects.exists()


def test_a_text_that_exists_is_taken_in_any_case_whatever_has_it(pool, ada):
    stock_pool(make_pool(), "Spring")
    ReferralCode.objects.create(code="ADALOVELACE", program=make_program(), participant=ada)

    for text in ("SPRING", "adalovelace"):
        with pytest.raises(CodeTaken):
            give(pool, ada, CodeOrigin.TYPED, text)

    assert not PromoCode.objects.filter(participant=ada).exists()
    assert not AuditEntry.objects.exists()


def test_a_generated_code_cannot_be_guessed(pool, ada):
    code = give(pool, ada, CodeOrigin.GENERATED)

    assert len(ALPHABET) ** GENERATED_LENGTH > 2**49
    assert len(code.code) == GENERATED_LENGTH
    assert set(code.code) <= set(ALPHABET)


def test_a_generated_code_that_exists_is_generated_again(pool, ada):
    twin = give(pool, ada, CodeOrigin.GENERATED, rng=Random(1))

    other = give(pool, ada, CodeOrigin.GENERATED, rng=Random(1))

    assert other.code != twin.code


def test_a_code_of_a_multi_use_pool_is_multi_use(ada):
    pool = make_pool(kind=CodePool.Kind.MULTI_USE, codes_each=1)

    assert give(pool, ada, CodeOrigin.TYPED, "ADA10").is_multi_use


def test_the_blocked_are_given_no_code(pool):
    mallory = make_participant(date_blocked=NOON)

    with pytest.raises(ParticipantBlocked):
        give(pool, mallory, CodeOrigin.GENERATED)

    assert not PromoCode.objects.exists()


def test_a_pool_that_is_not_on_gives_no_code(ada):
    with pytest.raises(PoolIsOff):
        give(make_pool(switched_on_at=None), ada, CodeOrigin.GENERATED)

    assert not PromoCode.objects.exists()


def test_the_first_copying_is_noted_for_its_owner_only(pool, ada, at):
    code = make_code(pool=pool, participant=ada)

    assert not mark_copied(code=code, participant=make_participant(), at=at)
    assert mark_copied(code=code, participant=ada, at=at)
    assert not mark_copied(code=code, participant=ada, at=at.replace(year=2030))

    code.refresh_from_db()
    assert code.copied_at == at
