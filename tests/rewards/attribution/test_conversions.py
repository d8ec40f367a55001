from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from programs.models import Conversion, Participant, Referral, Touch, TouchOutcome
from programs.operations import erase_participant, index_participants
from promocodes.models import CodeUse, PromoCode
from rewards.attribution.conversions import (
    conversions_of_order,
    reverse_conversion,
    submit_conversion,
    work_off_conversion,
    work_off_waiting,
)
from rewards.attribution.orders import Amount, Order
from team.audit import SYSTEM
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, make_referral_code

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
Outcome = TouchOutcome
LATER = NOON + DAY


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


def submitted(program, order_id="1007", *, at=NOON, **fields):
    order = Order(**{"program": program, "order_id": order_id, "happened_at": at, **fields})
    return submit_conversion(order=order, at=at)


def worked_off(program, order_id="1007", *, at=NOON, **fields):
    """Report an order, have it worked off, and return it."""
    conversion = submitted(program, order_id, at=at, **fields).conversion
    return work_off_conversion(conversion_id=conversion.pk, at=at)


def referred(program, advocate, friend, **fields):
    return Referral.objects.create(
        **{
            "program": program,
            "referrer": advocate,
            "referred": friend,
            "date_started": NOON,
            "code_used": "X",
            **fields,
        }
    )


def people(conversion):
    return conversion.outcome, conversion.friend, conversion.advocate


def test_an_order_waits_with_all_that_was_said_of_it(program):
    amount = Amount(1055, "USD", 2)

    made = submitted(program, amount=amount, promo_code="ADA", customer_id="cleo", customer_email="c@example.com")

    assert made.is_new
    stored = Conversion.objects.get()
    assert (stored.status, stored.order_id, stored.happened_at, stored.received_at) == ("queued", "1007", NOON, NOON)
    assert (stored.amount, stored.currency, stored.exponent) == (1055, "USD", 2)
    assert (stored.promo_code, stored.customer_id, stored.customer_email) == ("ADA", "cleo", "c@example.com")


def test_the_same_order_again_is_the_first_one_with_its_data(program):
    first = submitted(program, promo_code="ADA")

    again = submitted(program, promo_code="BEN", at=LATER)

    assert (again.is_new, again.conversion, again.conversion.promo_code) == (False, first.conversion, "ADA")
    assert submitted(make_program()).is_new


def test_a_worker_is_woken_once_the_order_is_committed(program, monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr("celery.current_app.send_task", lambda task, args, **_options: woken.append((task, args)))

    with django_capture_on_commit_callbacks(execute=True):
        made = submitted(program)
        submitted(program)

    assert woken == [("rewards.tasks.work_off_conversion", [made.conversion.pk])]


def test_a_code_with_the_order_refers_a_friend_whom_nobody_has_referred(program, ada, friend, code):
    conversion = worked_off(program, promo_code=" ada ", customer_id="cleo")

    assert people(conversion) == (Outcome.ATTRIBUTED, friend, ada)
    referral = Referral.objects.get()
    assert (referral.referrer, referral.referred, referral.code_used) == (ada, friend, "ADA")
    assert (conversion.referral, referral.date_started, referral.date_converted) == (referral, NOON, NOON)
    touch = Touch.objects.get()
    assert (touch.conversion, touch.door, touch.outcome, touch.text) == (conversion, "conversion", "attributed", "ada")


def test_a_friend_stays_with_their_first_advocate_whatever_code_the_order_has(program, ada, ben, friend, code, bens):
    referral = referred(program, ada, friend)

    conversion = worked_off(program, promo_code="BEN", customer_id="cleo")

    assert people(conversion) == (Outcome.ALREADY_REFERRED, friend, ada)
    assert (conversion.status, conversion.referral) == ("attributed", referral)
    assert Touch.objects.get().outcome == Outcome.ALREADY_REFERRED


def test_the_code_that_referred_the_friend_comes_again_with_the_order(program, ada, friend, code):
    referred(program, ada, friend, code_used="ADA")

    assert people(worked_off(program, promo_code="ADA", customer_id="cleo")) == (Outcome.SAME_AGAIN, friend, ada)


def test_a_referred_friends_order_needs_no_code(program, ada, friend):
    referral = referred(program, ada, friend, date_started=NOON - DAY)

    conversion = worked_off(program, customer_id="cleo", happened_at=NOON - timedelta(hours=2))

    assert people(conversion) == (Outcome.ATTRIBUTED, friend, ada)
    referral.refresh_from_db()
    assert referral.date_converted == NOON - timedelta(hours=2)


def test_an_order_older_than_its_referral_converts_it_as_it_starts(program, ada, friend):
    referral = referred(program, ada, friend)

    worked_off(program, customer_id="cleo", happened_at=NOON - DAY)

    referral.refresh_from_db()
    assert referral.date_converted == NOON


def test_a_second_order_leaves_the_first_conversion_date(program, ada, friend):
    referral = referred(program, ada, friend)
    worked_off(program, "1", customer_id="cleo")

    worked_off(program, "2", customer_id="cleo", at=LATER)

    referral.refresh_from_db()
    assert referral.date_converted == NOON


@pytest.mark.parametrize(
    "sent",
    [
        "cleo@example.com",
        " Cleo@Example.COM ",
        hashlib.sha1(b"cleo@example.com").hexdigest(),
        hashlib.sha256(b"cleo@example.com").hexdigest().upper(),
    ],
    ids=["plain", "in another case", "SHA-1", "SHA-256"],
)
def test_a_customer_is_known_by_their_address_in_every_form(program, ada, friend, sent):
    Participant.objects.filter(pk=friend.pk).update(email="Cleo@example.com")
    friend.refresh_from_db()
    index_participants(participants=[friend])
    referred(program, ada, friend)

    assert people(worked_off(program, customer_email=sent)) == (Outcome.ATTRIBUTED, friend, ada)


def test_the_id_counts_before_the_address(program, ada, ben, friend):
    referred(program, ada, friend)
    Participant.objects.filter(pk=ben.pk).update(email="ben@example.com")

    assert worked_off(program, customer_id="cleo", customer_email="ben@example.com").friend == friend


def test_an_address_of_two_people_tells_of_neither(program, ada, friend):
    Participant.objects.update(email="shared@example.com")
    referred(program, ada, friend)

    conversion = worked_off(program, customer_email="shared@example.com")

    assert people(conversion) == (Outcome.NO_TOUCH, None, None)


def test_an_id_that_is_also_the_account_tells_which_of_two_users_is_meant(program, friend):
    make_participant(account_id="other", user_id="cleo")

    assert worked_off(program, customer_id="cleo").friend == friend


def test_an_unknown_customer_with_a_good_code_is_registered_and_referred(program, ada, code):
    conversion = worked_off(program, promo_code="ADA", customer_id="dora", customer_email="dora@example.com")

    dora = Participant.objects.get(user_id="dora")
    assert people(conversion) == (Outcome.ATTRIBUTED, dora, ada)
    assert (dora.account_id, dora.email) == ("dora", "dora@example.com")
    assert Referral.objects.get().referred == dora


def test_a_digest_is_no_address_to_register_somebody_with(program, code):
    worked_off(program, promo_code="ADA", customer_id="dora", customer_email="a" * 40)

    assert Participant.objects.get(user_id="dora").email == ""


@pytest.mark.parametrize("promo_code", ["", "NOBODYS"])
def test_an_unknown_customer_without_a_good_code_is_nobody(program, promo_code):
    conversion = worked_off(program, promo_code=promo_code, customer_id="dora")

    assert conversion.outcome == (Outcome.UNKNOWN_CODE if promo_code else Outcome.NO_TOUCH)
    assert conversion.status == "not_attributed"
    assert not Participant.objects.exists()


def test_who_must_not_be_tracked_orders_as_nobody_in_particular(program, ada, friend, code):
    erase_participant(participant=friend, do_not_track=True, by=SYSTEM, at=NOON)

    conversion = worked_off(program, promo_code="ADA", customer_id="cleo")

    assert people(conversion) == (Outcome.ATTRIBUTED, None, ada)
    assert not Referral.objects.exists()


def test_an_order_of_nobody_in_particular_is_its_codes_advocates(program, ada, code):
    conversion = worked_off(program, promo_code="ADA")

    assert (*people(conversion), conversion.referral) == (Outcome.ATTRIBUTED, None, ada, None)
    touch = Touch.objects.get()
    assert (touch.friend, touch.advocate, touch.conversion) == (None, ada, conversion)


def test_a_one_time_code_is_used_by_the_first_order_and_explains_itself_to_the_second(program, ada):
    pool = make_pool(program=program)
    make_code("SPRING-1", pool=pool, participant=ada)

    first, second = (worked_off(program, number, promo_code="spring-1") for number in ("1", "2"))

    assert people(first) == (Outcome.ATTRIBUTED, None, ada)
    assert (*people(second), second.status) == (Outcome.CODE_USED, None, None, "not_attributed")
    assert CodeUse.objects.get().key == f"conversion:{first.public_id}"
    assert PromoCode.objects.get(code="SPRING-1").state == PromoCode.State.USED


def test_a_one_time_code_is_used_by_a_friend_who_was_referred_before(program, ada, ben, friend):
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    referred(program, ben, friend)

    conversion = worked_off(program, promo_code="SPRING-1", customer_id="cleo")

    assert people(conversion) == (Outcome.ALREADY_REFERRED, friend, ben)
    assert CodeUse.objects.get().friend == friend


def test_a_used_code_does_not_take_the_order_from_the_friends_advocate(program, ada, ben, friend):
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    worked_off(program, "1", promo_code="SPRING-1")
    referred(program, ben, friend)

    conversion = worked_off(program, "2", promo_code="SPRING-1", customer_id="cleo")

    assert people(conversion) == (Outcome.ATTRIBUTED, friend, ben)
    assert set(conversion.touches.values_list("outcome", flat=True)) == {Outcome.CODE_USED}


def test_another_programs_code_says_nothing_of_this_ones_order(program, ada, friend):
    make_referral_code(code="ELSEWHERE", participant=ada)

    conversion = worked_off(program, promo_code="ELSEWHERE", customer_id="cleo")

    assert people(conversion) == (Outcome.UNKNOWN_CODE, friend, None)
    assert not Referral.objects.exists()


def test_an_advocates_own_order_is_nobodys(program, ada, code):
    conversion = worked_off(program, promo_code="ADA", customer_id="ada")

    assert people(conversion) == (Outcome.OWN_CODE, ada, None)


@pytest.mark.parametrize("blocked", ["ada", "cleo"])
@pytest.mark.parametrize("promo_code", ["", "ADA"])
def test_an_order_of_or_through_somebody_blocked_is_nobodys(program, ada, friend, code, blocked, promo_code):
    referred(program, ada, friend)
    Participant.objects.filter(user_id=blocked).update(date_blocked=NOON)

    conversion = worked_off(program, promo_code=promo_code, customer_id="cleo")

    refused = Outcome.ADVOCATE_BLOCKED if blocked == "ada" else Outcome.FRIEND_BLOCKED
    assert people(conversion) == (refused, friend, None)
    assert Referral.objects.get().date_converted is None


def test_a_blocked_advocates_code_brings_them_nothing_without_a_friend_either(program, ada, code):
    Participant.objects.update(date_blocked=NOON)

    assert people(worked_off(program, promo_code="ADA")) == (Outcome.ADVOCATE_BLOCKED, None, None)


def test_a_paused_program_attributes_nothing(program, ada, friend, code):
    referred(program, ada, friend)
    program.status = "paused"
    program.save()

    assert people(worked_off(program, promo_code="ADA", customer_id="cleo")) == (Outcome.PROGRAM_NOT_LIVE, friend, None)


def test_a_friend_named_outright_needs_no_id(program, ada, friend):
    referred(program, ada, friend)

    assert worked_off(program, friend=friend).advocate == ada


def test_another_user_of_a_referred_account_converts_its_referral(program, ada, friend):
    referral = referred(program, ada, friend)
    make_participant(account_id="cleo", user_id="second")

    conversion = worked_off(program, customer_id="second")

    assert (conversion.friend.user_id, conversion.advocate, conversion.referral) == ("second", ada, referral)


def test_working_off_again_changes_nothing(program, ada, friend, code):
    conversion = worked_off(program, promo_code="ADA", customer_id="cleo")

    again = work_off_conversion(conversion_id=conversion.pk, at=LATER)

    assert again.worked_at == NOON
    assert Touch.objects.count() == 1


def test_what_a_worker_forgot_is_found_after_a_while_and_one_that_fails_holds_up_nobody(program, code, monkeypatch):
    stuck, waiting = submitted(program, "1").conversion, submitted(program, "2", promo_code="ADA").conversion
    monkeypatch.setattr("rewards.attribution.conversions.leave_gap", lambda: None)
    assert work_off_waiting(at=NOON + timedelta(seconds=19)) == 0
    really = work_off_conversion

    def work_off(*, conversion_id, at):
        if conversion_id == stuck.pk:
            raise ValueError(conversion_id)
        return really(conversion_id=conversion_id, at=at)

    monkeypatch.setattr("rewards.attribution.conversions.work_off_conversion", work_off)

    assert work_off_waiting(at=NOON + timedelta(seconds=21)) == 1

    assert list(Conversion.objects.order_by("pk").values_list("status", flat=True)) == ["queued", "attributed"]
    assert waiting.pk


def test_a_reversed_order_undoes_the_conversion_and_is_told_once(program, ada, friend, code):
    conversion = worked_off(program, promo_code="ADA", customer_id="cleo")

    done = reverse_conversion(conversion=conversion, reason="REJECTED", by=SYSTEM, at=LATER)
    again = reverse_conversion(conversion=conversion, reason="Twice", by=SYSTEM, at=LATER + DAY)

    assert (done.is_new, again.is_new) == (True, False)
    conversion.refresh_from_db()
    assert (conversion.reversed_at, conversion.reversal_reason) == (LATER, "REJECTED")
    assert Referral.objects.get().date_converted is None
    assert AuditEntry.objects.filter(action="conversion.reversed").count() == 1


def test_a_friend_with_another_order_stays_converted(program, ada, friend):
    referred(program, ada, friend)
    first, _second = (worked_off(program, number, customer_id="cleo") for number in ("1", "2"))

    reverse_conversion(conversion=first, reason="REJECTED", by=SYSTEM, at=LATER)

    assert Referral.objects.get().date_converted == NOON


def test_an_order_that_nobody_looked_at_yet_is_looked_at_before_it_is_reversed(program, ada, code):
    conversion = submitted(program, promo_code="ADA").conversion

    done = reverse_conversion(conversion=conversion, reason="REJECTED", by=SYSTEM, at=LATER)

    assert (done.conversion.status, done.conversion.reversed_at) == ("attributed", LATER)


def test_the_conversions_of_an_order_are_one_for_each_program(program):
    other = make_program()
    for one in (program, other):
        submitted(one)

    assert [found.program for found in conversions_of_order("1007")] == [program, other]
    assert [found.program for found in conversions_of_order("1007", program=other)] == [other]
