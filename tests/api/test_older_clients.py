"""What clients of former years, such as a Go client, a script that deletes users and the Java SDK, send and expect."""

from __future__ import annotations

import pytest

from programs.models import ErasedParticipant, Participant, Referral
from rewards.models import Reward
from tests.api.calling import Api, basic
from tests.factories import (
    make_participant,
    make_program,
    make_referral_code,
    make_reward,
    make_unit,
)

pytestmark = pytest.mark.django_db
# As a Go struct is written: what was not set is empty, unless it is left out.
HENK = {"id": "henk@example.com", "accountId": "acme", "email": "", "firstName": "Henk", "lastName": ""}
CLASSIC_ONLY = (403, "API_REQUEST_NOT_SUPPORTED", "RS051")


@pytest.fixture
def acme(db):
    """Return two users of one account, with 500 points, and one of another."""
    users = [make_participant(account_id="acme", user_id=user_id) for user_id in ("ada", "ben")]
    make_reward(participant=users[0], unit=make_unit("POINT"), amount=500)
    make_participant(account_id="other", user_id="eve")
    return users


def names() -> list[str]:
    return [user_id for user_id in Participant.objects.order_by("pk").values_list("user_id", flat=True) if user_id]


def test_a_user_is_registered_and_changed_by_posting_to_the_users(api):
    program = make_program(key="47255")

    first = api.post("user", HENK)
    again = api.post("user", {**HENK, "lastName": "Thompson", "referralCode": "HENK", "paymentProviderId": "NULL"})

    assert (first.status, again.status) == (200, 200)
    henk = Participant.objects.get()
    assert (henk.user_id, henk.account_id, henk.last_name) == ("henk@example.com", "acme", "Thompson")
    code = henk.referral_codes.get(program=program).code
    assert again.body == {**first.body, "lastName": "Thompson", "lastInitial": "T"}
    assert (first.body["referralCode"], first.body["firstSeenIP"], first.body["referralSource"]) == (code, None, None)


def test_a_user_is_looked_up_by_both_ids_without_escapes(api):
    api.post("user", HENK)

    answer = api.get("account/acme/user/henk@example.com")

    assert answer.status == 200
    assert answer.body == api.get("users").body["users"][0]
    assert api.get("account/acme/user/nobody").status == 404


@pytest.mark.parametrize("user", ["ApiKey", "", "whoever"])
def test_a_key_is_known_behind_any_word(api, user):
    api.headers = {"Authorization": basic(user, api.secret)}

    assert api.get("users").status == 200


def test_a_code_that_came_as_referred_by_refers_the_user(api):
    code = make_referral_code(code="ADA", program=make_program(key="47255"))

    answer = api.upsert("ben", "ben", referredBy={"code": "ada", "isConverted": False})

    assert answer.body["referredByCodes"] == ["ADA"]
    assert Referral.objects.get().referrer == code.participant


def test_what_clients_are_told_to_send_and_nobody_needs_here_is_taken(api):
    extra = {"dateUsTaxFormSubmitted": 1619647338270, "shareLinks": {"47255": "http://example.com/free"}}

    assert api.upsert("ben", "ben", referralCode="BEN", paymentProviderId="cus_8", **extra).status == 200
    assert api.upsert("ben", "ben", referredBy={"codes": []}).code == "INVALID_JSON_REQUEST"


def test_accounts_with_subscriptions_are_refused_as_to_all_but_classic_programs(api, acme):
    synced = api.post("accountsync", {"id": "acme", "currency": "USD", "subscription": {"status": "PAID"}})
    asked = api.get("account/acme")

    for answer in (synced, asked):
        assert (answer.status, answer.code, answer.body["rsCode"]) == CLASSIC_ONLY
    assert names() == ["ada", "ben", "eve"]


def test_deleting_an_account_forgets_all_its_users_and_nobody_else(api, acme):
    answer = api.call("DELETE", "open/account/acme")

    assert (answer.status, answer.text) == (204, "")
    assert [name for name in names() if not name.startswith("deleted-")] == ["eve"]
    assert set(ErasedParticipant.objects.values_list("participant", "do_not_track")) == {
        (one.pk, False) for one in acme
    }
    assert Reward.objects.get().status == Reward.Status.CANCELLED
    assert api.get("reward/balance", accountId="acme").body == []


def test_the_users_of_an_account_deleted_for_good_are_not_registered_again(api, acme):
    assert api.call("DELETE", "open/account/acme?doNotTrack=true").status == 204

    assert api.upsert("acme", "ada").body["rsCode"] == "RS050"


def test_deleting_an_unknown_account_is_answered_404(api, acme):
    answer = api.call("DELETE", "open/account/nobody")

    assert (answer.status, answer.code, answer.body["rsCode"]) == (404, "NOT_FOUND", "RS041")
    assert names() == ["ada", "ben", "eve"]


def test_a_token_deletes_no_account(api, acme):
    ada = api.with_token({"user": {"id": "ada", "accountId": "acme", "firstName": "Ada"}})

    assert ada.call("DELETE", "open/account/acme").status == 401
    assert names() == ["ada", "ben", "eve"]


def test_an_unknown_code_has_an_error_code_of_its_own():
    make_program()

    answer = Api.with_key("read").get("code/NOBODYS")

    assert (answer.status, answer.code, answer.body["rsCode"]) == (404, "REFERRAL_CODE_NOT_FOUND", "RS034")
