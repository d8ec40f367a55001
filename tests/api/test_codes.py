from __future__ import annotations

from datetime import timedelta

import pytest

from api.instants import milliseconds
from promocodes.models import PromoCode
from tests.api.calling import Api
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, make_referral_code
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(db):
    return make_participant(first_name="Bob", last_name="Tester")


@pytest.fixture
def program(db):
    return make_program(key="47255")


@pytest.mark.parametrize("written", ["BOBTESTER", "bobtester"])
def test_anybody_may_check_a_referral_code_in_any_case(bob, program, written):
    make_referral_code(code="BOBTESTER", participant=bob, program=program, created_at=NOON)

    answer = Api().get(f"open/code/{written}")

    assert (answer.status, answer.body) == (
        200,
        {
            "code": "BOBTESTER",
            "dateCreated": milliseconds(NOON),
            "programId": "47255",
            "referrerName": "Bob T",
            "reward": None,
        },
    )


def test_a_promo_code_is_checked_at_the_same_address(api, bob, program):
    make_code("SAVE-20", pool=make_pool(program=program), participant=bob)

    assert api.get("code/save-20").body == api.get("open/code/SAVE-20").body
    assert api.get("open/code/SAVE-20").body["code"] == "SAVE-20"


def test_what_no_friend_can_use_is_answered_like_what_nobody_knows(api, bob, program):
    pool = make_pool(program=program)
    make_code("INSTOCK", pool=pool)
    make_code("USED", pool=pool, participant=bob, state=PromoCode.State.USED, used_at=NOON, use_count=1)
    make_code("PAST", pool=pool, participant=bob, expires_at=NOON - timedelta(days=1))
    make_code("BLOCKED", pool=pool, participant=make_participant(date_blocked=NOON))
    make_referral_code(code="PAUSED", program=make_program(status="paused"), participant=bob)
    make_referral_code(code="OFF", program=program, participant=bob, is_primary=False, disabled_at=NOON)

    asked = ("NOBODYS", "INSTOCK", "USED", "PAST", "BLOCKED", "PAUSED", "OFF", "x" * 300, "%C3%A4", "a%20b")
    answers = [api.get(f"open/code/{code}") for code in asked]

    assert {(answer.status, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert answers[0].body["rsCode"] == "RS034"


@pytest.mark.usefixtures("within_one_minute")
def test_guessing_is_slowed_down_and_a_shop_is_not(api, bob, program):
    make_referral_code(code="BOBTESTER", participant=bob, program=program)

    statuses = [Api().get(f"open/code/GUESS{number}").status for number in range(32)]

    assert statuses == [404] * 30 + [429] * 2
    assert api.get("open/code/BOBTESTER").status == 200


def test_a_check_makes_few_queries(api, bob, program):
    make_referral_code(code="BOBTESTER", participant=bob, program=program)
    api.get("open/code/BOBTESTER")

    with counted_queries("api.code"):
        api.get("open/code/BOBTESTER")
