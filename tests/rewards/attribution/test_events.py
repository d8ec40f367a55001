from __future__ import annotations

from datetime import timedelta

import pytest

from programs.models import Conversion, ParticipantEvent, Referral
from programs.operations import EventsSentBefore, NewEvent
from rewards.attribution.conversions import work_off_conversion
from rewards.attribution.events import take_events
from rewards.models import Reward
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import make_program, make_referral_code, make_rule

pytestmark = pytest.mark.django_db

ORDER = {"order_id": "1007", "total": 10.55, "currency": "USD"}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def referral(program, ada, friend):
    return Referral.objects.create(program=program, referrer=ada, referred=friend, date_started=NOON)


def take(friend, key="purchase", *, count_orders=True, idempotency_key=None, **fields):
    event = NewEvent(key=key, fields={**ORDER, **fields}, triggered_at=fields.pop("triggered_at", None))
    return take_events(
        participant=friend,
        events=[event],
        idempotency_key=idempotency_key,
        count_orders=count_orders,
        by=SYSTEM,
        at=NOON,
    )


def work_off():
    for conversion in Conversion.objects.filter(status="queued"):
        work_off_conversion(conversion_id=conversion.pk, at=NOON)


def test_a_referred_friends_purchase_is_an_order_of_the_program(friend, referral, ada):
    take(friend)
    work_off()

    conversion = Conversion.objects.get()
    assert (conversion.order_id, conversion.friend, conversion.advocate) == ("1007", friend, ada)
    assert (conversion.amount, conversion.currency, conversion.exponent) == (1055, "USD", 2)
    assert conversion.referral == referral


def test_a_purchase_with_a_code_refers_the_friend(friend, ada, code):
    take(friend, coupon="ada")
    work_off()

    assert Referral.objects.get().referrer == ada
    assert Conversion.objects.get().outcome == "attributed"


def test_a_purchase_of_somebody_whom_nobody_referred_is_an_event_and_no_order(friend, program):
    take(friend, coupon="SUMMERSALE")

    assert ParticipantEvent.objects.count() == 1
    assert not Conversion.objects.exists()


def test_each_program_in_which_the_friend_was_referred_has_the_order(friend, referral, ben):
    other = make_program()
    Referral.objects.create(program=other, referrer=ben, referred=friend)

    take(friend)

    assert set(Conversion.objects.values_list("program", flat=True)) == {referral.program_id, other.pk}


def test_the_order_of_an_event_and_of_a_conversion_call_is_the_same_order(friend, referral):
    take(friend)
    take(friend, total=99)

    assert Conversion.objects.get().amount == 1055


def test_events_that_do_not_count_as_orders_are_only_kept(friend, referral):
    take(friend, count_orders=False)
    take(friend, "visit")

    assert ParticipantEvent.objects.count() == 2
    assert not Conversion.objects.exists()


def test_the_same_idempotency_key_takes_in_nothing_again(friend, referral):
    take(friend, idempotency_key="order-1007")

    with pytest.raises(EventsSentBefore):
        take(friend, idempotency_key="order-1007", order_id="1008")

    assert Conversion.objects.get().order_id == "1007"


@pytest.mark.parametrize(
    ("fields", "order_id"),
    [
        ({"order_id": 1007}, "1007"),
        ({"order_id": None, "checkout_id": "c-1"}, "c-1"),
        ({"order_id": "x" * 300}, "x" * 255),
    ],
)
def test_the_orders_number_is_text_of_the_length_that_is_kept(friend, referral, fields, order_id):
    take(friend, **fields)

    assert Conversion.objects.get().order_id == order_id


def test_a_purchase_without_a_number_is_named_by_its_event(friend, referral):
    (event,) = take(friend, order_id="")

    assert Conversion.objects.get().order_id == event.public_id


@pytest.mark.parametrize(
    ("fields", "stored"),
    [
        ({"total": 4.35}, 435),
        ({"total": None, "revenue": "7.10"}, 710),
        ({"total": None, "subtotal": 3}, 300),
        ({"total": -1}, None),
        ({"total": True}, None),
        ({"total": 1e30}, None),
        ({"total": None}, None),
        ({"currency": "XXX"}, None),
        ({"currency": None}, None),
    ],
    ids=str,
)
def test_what_is_no_amount_leaves_an_order_without_one(friend, referral, fields, stored):
    take(friend, **fields)

    assert Conversion.objects.get().amount == stored


def test_a_purchase_of_tomorrow_happened_now(friend, referral):
    take_events(
        participant=friend,
        events=[NewEvent(key="purchase", fields=ORDER, triggered_at=NOON + timedelta(days=9))],
        idempotency_key=None,
        count_orders=True,
        by=SYSTEM,
        at=NOON,
    )

    assert Conversion.objects.get().happened_at == NOON


@pytest.mark.parametrize("fields", [{}, {"total": None}, {"total": 11}, {"currency": "EUR", "total": 1}], ids=str)
def test_a_refund_takes_the_order_back(friend, referral, program, ada, fields):
    make_rule(program=program, trigger="CONVERSION")
    take(friend)
    work_off()

    take(friend, "refund", **fields)

    conversion = Conversion.objects.get()
    assert (conversion.reversed_at, conversion.reversal_reason) == (NOON, "refund")
    assert Reward.objects.get().status == "CANCELLED"


def test_a_refund_of_a_part_leaves_the_order(friend, referral):
    take(friend)

    take(friend, "refund", total=10.54)

    assert Conversion.objects.get().reversed_at is None


def test_nobody_refunds_somebody_elses_order(friend, referral, ben):
    take(friend)

    take(ben, "refund")

    assert Conversion.objects.get().reversed_at is None


def test_a_refund_of_what_was_never_ordered_is_only_kept(friend):
    take(friend, "refund", order_id="")

    assert ParticipantEvent.objects.get().key == "refund"


def test_a_code_of_another_program_than_the_referrals_is_an_order_in_both(friend, referral, ben):
    other = make_referral_code(code="ELSEWHERE", participant=ben)

    take(friend, promo_code="ELSEWHERE")
    work_off()

    assert set(Conversion.objects.values_list("program", "status")) == {
        (referral.program_id, "attributed"),
        (other.program_id, "attributed"),
    }
