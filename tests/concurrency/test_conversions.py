"""The database decides between concurrent orders; on SQLite they take turns, on PostgreSQL they really race."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from advocate.lib import clock
from api.models import ConversionSubmission
from programs.models import Conversion, Participant, Referral, Touch
from promocodes.models import CodeUse
from rewards.attribution.conversions import reverse_conversion, submit_conversion, work_off_conversion
from rewards.attribution.orders import Order
from rewards.models import Reward
from team.audit import SYSTEM
from team.models import AuditEntry
from tests.api.calling import Api, basic
from tests.concurrency.racing import race
from tests.factories import make_code, make_participant, make_pool, make_program, make_referral_code, make_rule

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def program(db):
    program = make_program(key="47255")
    make_rule(program=program, trigger="CONVERSION")
    return program


def sent(shop, **fields):
    """Report an order over HTTP and, as a worker does, work off what came of it."""
    order = {"CampaignId": "47255", "ActionTrackerId": "1", "EventDate": "NOW", "OrderId": "1007", **fields}
    answer = shop.call("POST", f"/Advertisers/{shop.key.account_sid}/Conversions", order, base="")
    if answer.status == 200:
        work_off_conversion(conversion_id=Conversion.objects.get(order_id=order["OrderId"]).pk, at=clock.now())
    return answer


@pytest.fixture
def shop(db):
    shop = Api.with_key("write")
    shop.headers = {"Authorization": basic(shop.key.account_sid, shop.secret), "Accept": "application/json"}
    return shop


def test_one_order_sent_32_times_at_once_counts_once(program, shop):
    make_referral_code(code="ADA", program=program)

    answers = race([partial(sent, shop, OrderPromoCode="ADA", CustomerId="cleo")] * 32)

    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
    assert Conversion.objects.get().status == "attributed"
    assert (ConversionSubmission.objects.count(), Referral.objects.count()) == (1, 1)
    assert Reward.objects.count() == 1


@pytest.mark.parametrize("with_customer", [False, True], ids=["nobody in particular", "64 friends"])
def test_one_one_time_code_in_64_orders_at_once_is_one_attributed_and_63_explained(program, shop, with_customer):
    ada = make_participant(account_id="ada", user_id="ada")
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    calls = [
        partial(
            sent,
            shop,
            OrderId=str(number),
            OrderPromoCode="SPRING-1",
            **({"CustomerId": f"friend-{number}"} if with_customer else {}),
        )
        for number in range(64)
    ]

    answers = race(calls, threads=32)

    assert {getattr(answer, "status", answer) for answer in answers} == {200}
    outcomes = Counter(Conversion.objects.values_list("status", "outcome"))
    assert outcomes == {("attributed", "attributed"): 1, ("not_attributed", "code_used"): 63}
    assert CodeUse.objects.count() == 1
    assert Referral.objects.count() == with_customer
    assert [reward.participant for reward in Reward.objects.all()] == [ada]
    assert Touch.objects.count() == 64


def test_one_order_worked_off_by_16_workers_gives_one_reward(program, at):
    ada = make_participant()
    make_referral_code(code="ADA", program=program, participant=ada)
    order = Order(program=program, order_id="1", happened_at=at, promo_code="ADA", customer_id="cleo")
    conversion = submit_conversion(order=order, at=at).conversion

    race([partial(work_off_conversion, conversion_id=conversion.pk, at=at)] * 16)

    assert [reward.participant for reward in Reward.objects.all()] == [ada]
    assert (Touch.objects.count(), Participant.objects.filter(user_id="cleo").count()) == (1, 1)


def test_two_orders_of_a_friend_with_codes_of_two_advocates_make_one_referral(program, at):
    for _ in range(8):
        friend = make_participant()
        codes = [make_referral_code(program=program).code for _ in range(2)]
        conversions = [
            submit_conversion(
                order=Order(
                    program=program,
                    order_id=f"{friend.pk}-{code}",
                    happened_at=at,
                    promo_code=code,
                    customer_id=friend.user_id,
                ),
                at=at,
            ).conversion
            for code in codes
        ]

        race([partial(work_off_conversion, conversion_id=one.pk, at=at) for one in conversions])

        referral = Referral.objects.get(referred=friend)
        found = Conversion.objects.filter(friend=friend)
        assert {one.advocate_id for one in found} == {referral.referrer_id}
        assert sorted(one.outcome for one in found) == ["already_referred", "attributed"]


def test_an_order_reversed_by_16_at_once_is_reversed_once(program, at):
    make_referral_code(code="ADA", program=program)
    order = Order(program=program, order_id="1", happened_at=at, promo_code="ADA", customer_id="cleo")
    conversion = submit_conversion(order=order, at=at).conversion
    reverse = partial(reverse_conversion, conversion=conversion, reason="REJECTED", by=SYSTEM, at=at)
    work = partial(work_off_conversion, conversion_id=conversion.pk, at=at)

    outcomes = race([*[reverse] * 16, *[work] * 4])

    assert Counter(one.is_new for one in outcomes[:16]) == {True: 1, False: 15}
    assert Reward.objects.get().status == "CANCELLED"
    assert AuditEntry.objects.filter(action="conversion.reversed").count() == 1
    assert Referral.objects.get().date_converted is None
