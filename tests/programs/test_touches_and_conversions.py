from __future__ import annotations

from datetime import timedelta

import pytest

from programs.models import Conversion, Touch
from programs.operations import erase_participant
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import make_conversion, make_participant, make_program, make_referral, make_touch
from tests.programs.test_models import refused

pytestmark = pytest.mark.django_db


def touched(friend=None, **fields):
    return {"friend": friend, "text": "ADA", "door": "upsert", "outcome": "own_code", "at": NOON, **fields}


def test_the_same_touch_of_a_friend_is_kept_once_whatever_case_it_is_written_in():
    friend = make_participant()
    make_touch(**touched(friend))

    refused("programs_touch_of_friend_once", Touch, **touched(friend, text="ada", at=NOON + timedelta(days=1)))


@pytest.mark.parametrize("other", [{"text": "BEN"}, {"door": "cookie"}, {"outcome": "friend_blocked"}])
def test_a_touch_that_differs_is_another_one(other):
    friend = make_participant()

    make_touch(**touched(friend))
    make_touch(**touched(friend, **other))
    make_touch(**touched(make_participant()))

    assert Touch.objects.count() == 3


def test_a_touch_of_a_conversion_is_kept_once_beside_that_of_its_friend():
    friend = make_participant()
    conversion = make_conversion(friend=friend)
    make_touch(**touched(friend, door="conversion"))
    make_touch(**touched(friend, door="conversion", conversion=conversion))

    refused(
        "programs_touch_of_conversion_once",
        Touch,
        **touched(friend, door="conversion", conversion=conversion, text="ada"),
    )


def test_a_touch_is_of_a_friend_or_a_conversion():
    refused("programs_touch_of_something", Touch, **touched())


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("programs_touch_door_known", {"door": "window"}),
        ("programs_touch_outcome_known", {"outcome": "perhaps"}),
        ("programs_touch_outcome_known", {"outcome": "no_touch"}),
        ("programs_touch_attributed_to_whom", {"outcome": "attributed"}),
    ],
)
def test_a_touch_says_what_came_of_it(constraint, fields):
    refused(constraint, Touch, **touched(make_participant(), **fields))


def ordered(**fields):
    return {"program": make_program(), "order_id": "1007", "happened_at": NOON, "received_at": NOON, **fields}


def test_an_order_counts_once_in_a_program():
    conversion = make_conversion(order_id="1007")

    make_conversion(order_id="1007")
    make_conversion(order_id="1008", program=conversion.program)
    refused("programs_conversion_once", Conversion, **ordered(program=conversion.program))


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("programs_conversion_has_order", {"order_id": ""}),
        ("programs_conversion_status", {"status": "lost"}),
        ("programs_conversion_status", {"status": "queued", "worked_at": NOON}),
        ("programs_conversion_status", {"status": "queued", "outcome": "no_touch"}),
        ("programs_conversion_status", {"status": "not_attributed", "outcome": "no_touch"}),
        ("programs_conversion_status", {"status": "not_attributed", "worked_at": NOON}),
        ("programs_conversion_status", {"status": "attributed", "worked_at": NOON, "outcome": "attributed"}),
        (
            "programs_conversion_outcome_known",
            {"status": "not_attributed", "worked_at": NOON, "outcome": "perhaps"},
        ),
        ("programs_conversion_amount", {"amount": 4990}),
        ("programs_conversion_amount", {"amount": 4990, "currency": "USD"}),
        ("programs_conversion_amount", {"amount": -1, "currency": "USD", "exponent": 2}),
        ("programs_conversion_amount", {"currency": "USD"}),
        ("programs_conversion_reversal", {"reversal_reason": "sent back"}),
    ],
)
def test_a_conversion_is_whole(constraint, fields):
    refused(constraint, Conversion, **ordered(**fields))


def test_what_is_not_attributed_has_no_referral():
    referral = make_referral()

    refused(
        "programs_conversion_status",
        Conversion,
        **ordered(status="not_attributed", worked_at=NOON, outcome="own_code", referral=referral),
    )


def test_a_conversion_may_be_attributed_without_an_amount_or_with_one():
    bare = make_conversion(
        status="attributed", worked_at=NOON, outcome="attributed", advocate=make_participant(), friend=None
    )
    whole = make_conversion(amount=4990, currency="USD", exponent=2)

    assert (bare.amount, bare.currency, bare.exponent) == (None, "", None)
    assert (whole.amount, whole.currency, whole.exponent) == (4990, "USD", 2)


def test_forgetting_a_friend_forgets_the_ids_that_came_with_their_orders():
    friend = make_participant()
    conversion = make_conversion(friend=friend, customer_id="ada", customer_email="ada@example.com", promo_code="BEN")

    erase_participant(participant=friend, do_not_track=False, by=SYSTEM, at=NOON)

    conversion.refresh_from_db()
    assert (conversion.customer_id, conversion.customer_email, conversion.promo_code) == ("", "", "BEN")


def test_forgetting_a_friend_forgets_that_they_sent_a_code_themselves():
    friend = make_participant()
    touch = make_touch(friend=friend, sent_by=f"user {friend.user_id}")

    erase_participant(participant=friend, do_not_track=False, by=SYSTEM, at=NOON)

    touch.refresh_from_db()
    assert (touch.sent_by, touch.text, touch.outcome) == ("", "NOBODY", "unknown_code")
