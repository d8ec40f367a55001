from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, models, transaction

from programs.models import Participant, ReferralCode
from promocodes import code_rules
from promocodes.guards import GUARDS, SETTLED
from promocodes.models import CodePool, PromoCode
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool

pytestmark = pytest.mark.django_db
State = PromoCode.State


def change(changed, /, **fields):
    with transaction.atomic():
        PromoCode.objects.filter(pk=changed.pk).update(**fields)


def add_referral_code(code):
    with transaction.atomic():
        return ReferralCode.objects.create(code=code, program=make_program(), participant=make_participant())


def delete_by_sql(participant):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM programs_participant WHERE id = %s", [participant.pk])


def test_all_guards_are_installed():
    query = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor])
        names = {name for (name,) in cursor.fetchall()}

    guards = {guard.name for guard in GUARDS} | {"promocodes_claim_referral_code"}
    if connection.vendor == "postgresql":
        guards = guards - {SETTLED.name} | {code_rules.TRIGGER}
    assert guards <= names


def test_a_code_is_one_code_in_either_case():
    pool = make_pool()
    stock_pool(pool, "Spring-1")

    with pytest.raises(IntegrityError), transaction.atomic():
        stock_pool(pool, "SPRING-1")

    assert PromoCode.objects.filter(pool=pool).count() == 1


def test_a_referral_code_cannot_take_a_promo_codes_text():
    stock_pool(make_pool(), "ADA10")

    with pytest.raises(IntegrityError):
        add_referral_code("ada10")

    assert not ReferralCode.objects.exists()


def test_a_promo_code_cannot_take_a_referral_codes_text():
    add_referral_code("ADA10")
    pool = make_pool()

    with pytest.raises(IntegrityError), transaction.atomic():
        stock_pool(pool, "ada10")

    assert not PromoCode.objects.filter(pool=pool).exists()


def test_a_renamed_referral_code_frees_its_old_text_and_claims_its_new_one():
    code = add_referral_code("ADA10")
    ReferralCode.objects.filter(pk=code.pk).update(code="LOVELACE")
    pool = make_pool()

    stock_pool(pool, "ada10")

    with pytest.raises(IntegrityError), transaction.atomic():
        stock_pool(pool, "lovelace")


def test_a_deleted_referral_code_frees_its_text():
    add_referral_code("ADA10").delete()

    stock_pool(make_pool(), "ADA10")

    assert PromoCode.objects.get(code="ADA10").state == State.STOCK


def test_a_used_code_stays_used():
    code = make_code(participant=make_participant())
    change(code, state=State.USED, used_at=NOON, use_count=1)

    for fields in ({"state": State.WITHDRAWN, "withdrawn_at": NOON}, {"state": State.ASSIGNED, "used_at": None}):
        with pytest.raises(IntegrityError):
            change(code, **fields)

    code.refresh_from_db()
    assert (code.state, code.used_at) == (State.USED, NOON)


def test_a_code_is_given_to_one_advocate_only():
    first, second = make_participant(), make_participant()
    code = make_code(participant=first)

    for fields in ({"participant": second}, {"participant": None, "state": State.STOCK, "assigned_at": None}):
        with pytest.raises(IntegrityError):
            change(code, **fields)

    code.refresh_from_db()
    assert code.participant == first


def test_a_withdrawn_code_is_given_to_nobody():
    code = make_code(state=State.WITHDRAWN, withdrawn_at=NOON)

    with pytest.raises(IntegrityError):
        change(code, state=State.ASSIGNED, participant=make_participant(), assigned_at=NOON)

    code.refresh_from_db()
    assert (code.state, code.participant) == (State.WITHDRAWN, None)


def test_a_code_is_not_given_without_an_advocate_or_a_date():
    code = make_code()

    for fields in ({"assigned_at": NOON}, {"participant": make_participant()}):
        with pytest.raises(IntegrityError):
            change(code, state=State.ASSIGNED, **fields)

    code.refresh_from_db()
    assert code.state == State.STOCK


def test_a_code_in_stock_is_no_referral_codes_claim():
    code = make_code()

    with pytest.raises(IntegrityError):
        change(code, state=State.REFERRAL)

    code.refresh_from_db()
    assert code.state == State.STOCK


def test_a_referral_codes_claim_is_no_promo_code():
    add_referral_code("ADA10")
    claim = PromoCode.objects.get(code="ADA10")

    with pytest.raises(IntegrityError):
        change(claim, state=State.STOCK, pool=make_pool())

    claim.refresh_from_db()
    assert (claim.state, claim.pool) == (State.REFERRAL, None)


def test_a_one_time_code_is_used_once():
    code = make_code(participant=make_participant())

    with pytest.raises(IntegrityError):
        change(code, state=State.USED, used_at=NOON, use_count=2)

    code.refresh_from_db()
    assert code.use_count == 0


def test_a_code_never_changes_its_text_or_pool():
    code = make_code("ONE")
    for fields in ({"code": "TWO"}, {"pool": make_pool()}, {"state": State.REFERRAL, "pool": None}):
        with pytest.raises(IntegrityError):
            change(code, **fields)

    code.refresh_from_db()
    assert code.code == "ONE"


def test_a_code_is_never_deleted():
    code = make_code()

    with pytest.raises(IntegrityError), transaction.atomic():
        PromoCode.objects.filter(pk=code.pk).delete()

    assert PromoCode.objects.filter(pk=code.pk).exists()


@pytest.mark.parametrize("state", [State.ASSIGNED, State.WITHDRAWN])
def test_a_participant_with_no_more_than_a_code_added_by_hand_is_never_deleted(state):
    ann = make_participant()
    code = stock_pool(make_pool(), "BY-HAND").codes.get()
    change(code, state=State.ASSIGNED, participant=ann, assigned_at=NOON, is_extra=True)
    change(code, state=state, withdrawn_at=NOON if state == State.WITHDRAWN else None)

    with pytest.raises(IntegrityError, match="given promo codes"), transaction.atomic():
        delete_by_sql(ann)

    code.refresh_from_db()
    assert (code.participant, Participant.objects.filter(pk=ann.pk).exists()) == (ann, True)


def test_a_participant_without_codes_can_be_deleted():
    ann, ben = make_participant(), make_participant()
    make_code(participant=ben)

    delete_by_sql(ann)

    assert list(Participant.objects.all()) == [ben]


@pytest.mark.parametrize("fields", [{"switched_on_at": None}, {"kind": "multi_use", "codes_each": 1}])
def test_a_pool_that_is_on_stays_on_and_of_its_kind(fields):
    pool = make_pool()

    with pytest.raises(IntegrityError), transaction.atomic():
        CodePool.objects.filter(pk=pool.pk).update(**fields)

    pool.refresh_from_db()
    assert (pool.switched_on_at, pool.kind) == (NOON, CodePool.Kind.ONE_TIME)


def test_a_model_that_is_saved_cannot_switch_a_pool_off():
    pool = make_pool()
    pool.switched_on_at = None

    with pytest.raises(IntegrityError), transaction.atomic():
        pool.save()

    assert CodePool.objects.get(pk=pool.pk).is_on


def test_a_pool_that_is_on_is_never_deleted():
    pool = make_pool()

    with pytest.raises(IntegrityError), transaction.atomic():
        CodePool.objects.filter(pk=pool.pk).delete()

    assert CodePool.objects.filter(pk=pool.pk).exists()


def test_a_pool_that_is_not_on_yet_may_change_its_kind_and_go():
    pool = make_pool(switched_on_at=None)

    CodePool.objects.filter(pk=pool.pk).update(kind="multi_use", codes_each=1)
    CodePool.objects.filter(pk=pool.pk).delete()

    assert not CodePool.objects.exists()


@pytest.mark.postgres
def test_on_postgresql_a_trigger_keeps_what_the_constraints_of_codes_say():
    names = [rule.name for rule in PromoCode._meta.constraints if isinstance(rule, models.CheckConstraint)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = 'promocodes_promocode'::regclass")
        constraints = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'promocodes_code_rules'")
        [(source,)] = cursor.fetchall()

    assert set(names) == set(code_rules.RULES)
    assert constraints.isdisjoint(names)
    assert [f'constraint "{name}"' in source for name in names] == [True, True]
    assert SETTLED.message in source


@pytest.mark.postgres
def test_what_the_trigger_refuses_names_the_constraint():
    code = make_code("FREE", pool=make_pool())

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        change(code, use_count=2)

    assert refused.value.__cause__.diag.constraint_name == "promocodes_code_uses"
    assert refused.value.__cause__.sqlstate == "23514"


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.ASSIGNED},
        {"state": State.USED},
        {"state": State.WITHDRAWN},
        {"state": State.EXPIRED},
        {"state": State.SHARED},
        {"state": State.REFERRAL},
        {"used_at": NOON},
        {"pool": None},
    ],
    ids=lambda fields: "-".join(map(str, fields.values())),
)
def test_a_state_that_does_not_fit_the_rest_is_refused(fields):
    code = make_code("FREE", pool=make_pool())

    with pytest.raises(IntegrityError):
        change(code, **fields)

    code.refresh_from_db()
    assert (code.state, code.used_at, code.pool_id is None) == (State.STOCK, None, False)
