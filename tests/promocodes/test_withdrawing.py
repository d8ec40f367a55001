from __future__ import annotations

import pytest

from promocodes.models import PromoCode
from promocodes.operations import CodeNotWithdrawable, ReasonMissing, use_code, withdraw_code
from team.audit import Actor
from team.models import AuditEntry
from tests.factories import make_code, make_participant, make_pool
from tests.promocodes.sets import add_codes, held

pytestmark = pytest.mark.django_db
State = PromoCode.State
ANN = Actor(label="ann@example.com")


def test_an_unused_code_is_withdrawn_and_its_advocate_gets_another(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    code = make_code(pool=pool, participant=ada)
    add_codes(pool, 1)

    withdrawn = withdraw_code(code=code, reason=" leaked ", by=ANN, at=at)

    assert (withdrawn.state, withdrawn.withdrawn_at, withdrawn.participant) == (State.WITHDRAWN, at, ada)
    assert held(pool, ada) == 1
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.object_id) == (ANN.label, "promo_code.withdrawn", str(code.pk))
    assert entry.changes == {"state": [State.ASSIGNED, State.WITHDRAWN], "reason": [None, "leaked"]}


def test_a_code_in_stock_is_withdrawn(at):
    code = make_code()

    assert withdraw_code(code=code, reason="wrong batch", by=ANN, at=at).state == State.WITHDRAWN


def test_a_code_that_was_given_meanwhile_is_withdrawn_from_its_advocate(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    seen_in_stock = make_code(pool=pool)
    PromoCode.objects.filter(pk=seen_in_stock.pk).update(state=State.ASSIGNED, participant=ada, assigned_at=at)

    withdrawn = withdraw_code(code=seen_in_stock, reason="leaked", by=ANN, at=at)

    assert (withdrawn.state, withdrawn.participant) == (State.WITHDRAWN, ada)


def test_a_code_given_by_hand_is_withdrawn_without_another_in_its_place(at):
    pool, ada = make_pool(codes_each=1), make_participant()
    code = make_code(pool=pool, participant=ada, is_extra=True)
    add_codes(pool, 1)

    withdraw_code(code=code, reason="leaked", by=ANN, at=at)

    assert held(pool, ada) == 0


def test_a_used_code_is_never_withdrawn(at):
    code = make_code("USED-1", participant=make_participant())
    use_code(code="USED-1", key="order-1", at=at)

    with pytest.raises(CodeNotWithdrawable):
        withdraw_code(code=code, reason="leaked", by=ANN, at=at)

    code.refresh_from_db()
    assert (code.state, code.withdrawn_at) == (State.USED, None)
    assert not AuditEntry.objects.exists()


def test_a_code_is_withdrawn_once(at):
    code = make_code()
    withdraw_code(code=code, reason="leaked", by=ANN, at=at)

    with pytest.raises(CodeNotWithdrawable):
        withdraw_code(code=code, reason="again", by=ANN, at=at)

    assert AuditEntry.objects.count() == 1


def test_a_withdrawal_gives_a_reason(at):
    code = make_code()

    with pytest.raises(ReasonMissing):
        withdraw_code(code=code, reason="  ", by=ANN, at=at)

    code.refresh_from_db()
    assert code.state == State.STOCK
