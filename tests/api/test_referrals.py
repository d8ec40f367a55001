from __future__ import annotations

from datetime import timedelta

import pytest

from api.instants import milliseconds
from programs.models import Referral
from tests.conftest import NOON
from tests.factories import make_participant, make_program, make_reward, make_unit
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def people(db):
    return [make_participant(account_id=f"a-{name}", user_id=name, last_name="Byron") for name in ("ada", "bob", "cem")]


@pytest.fixture
def referrals(people):
    ada, bob, cem = people
    program = make_program(key="47255")
    return [
        Referral.objects.create(
            program=program,
            referrer=ada,
            referred=friend,
            code_used="ADA",
            date_started=NOON + n * DAY,
            updated_at=NOON,
        )
        for n, friend in enumerate((bob, cem))
    ]


def ids(answer):
    return [one["referredUser"]["id"] for one in answer.body["referrals"]]


def test_referrals_are_listed_newest_first_with_both_sides_and_their_rewards(api, people, referrals):
    make_reward(participant=people[0], unit=make_unit("POINT"), referral=referrals[0], source="FRIEND_SIGNUP")
    make_reward(participant=people[1], unit=make_unit("POINT"), referral=referrals[0], source="REFERRED", amount=5)

    body = api.get("referrals").body

    assert (body["count"], body["totalCount"]) == (2, 2)
    first = body["referrals"][1]
    assert (first["referrerUser"]["id"], first["referredUser"]["id"], first["programId"]) == ("ada", "bob", "47255")
    assert (first["referrerReward"]["userId"], first["referredReward"]["assignedCredit"]) == ("ada", 5)
    assert (first["referralCodeUsed"], first["dateReferralStarted"]) == ("ADA", milliseconds(NOON))
    assert first["dateConverted"] is None
    assert api.get(f"referrals/{first['id']}").body == first
    with counted_queries("api.referral list"):
        api.get("referrals")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"referringAccountId": "a-ada", "referringUserId": "ada"}, ["cem", "bob"]),
        ({"referringUserId": "bob"}, []),
        ({"dateReferralStarted": milliseconds(NOON + DAY)}, ["cem"]),
        ({"dateReferralStarted": f"0,{milliseconds(NOON)}"}, ["bob"]),
        ({"dateReferralPaid": "0"}, []),
        ({"dateReferralEnded": "0,1"}, []),
        ({"referredModerationStatus": "APPROVED"}, ["cem", "bob"]),
        ({"referrerModerationStatus": "DENIED"}, []),
        ({"limit": 1}, ["cem"]),
        ({"limit": 1, "offset": 1}, ["bob"]),
    ],
    ids=str,
)
def test_referrals_are_found_by_side_and_period(api, referrals, query, found):
    assert ids(api.get("referrals", **query)) == found


@pytest.mark.parametrize(
    "query",
    [
        {"dateReferralStarted": "yesterday"},
        {"dateReferralStarted": "1,2,3"},
        {"dateReferralPaid": "9" * 16},
        {"referredModerationStatus": "MAYBE"},
    ],
)
def test_a_filter_that_cannot_be_is_refused(api, query):
    assert api.get("referrals", **query).status == 400


@pytest.mark.parametrize("referral_id", ["f" * 24, "0" * 24, "x", "0" * 23 + "é", "00000000" + "f" * 16])
def test_an_unknown_referral_is_answered_404(api, referral_id):
    assert api.get(f"referrals/{referral_id}").code == "NOT_FOUND"


def test_a_user_sees_the_own_referrals_and_of_friends_only_the_names(api, referrals):
    ada = api.with_token({"user": {"id": "ada", "accountId": "a-ada"}})
    own = {"referringAccountId": "a-ada", "referringUserId": "ada"}

    answer = ada.get("open/referrals", **own)

    assert ids(answer) == ["cem", "bob"]
    assert answer.body["referrals"][0]["referredUser"] == {
        "id": "cem",
        "accountId": "a-cem",
        "firstName": "Ada",
        "lastInitial": "B",
    }
    assert ada.get("open/referrals", referringAccountId="a-bob", referringUserId="bob").code == "FORBIDDEN"
    assert ada.get("referrals").status == 401
    assert api.get("open/referrals", referringUserId="ada").code == "BAD_REQUEST"
    by_friend = api.get("open/referrals", referredAccountId="a-bob", referredUserId="bob")
    assert by_friend.body["referrals"][0]["referredUser"]["email"] == ""
