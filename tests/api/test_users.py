from __future__ import annotations

import hashlib

import pytest

from programs.models import ErasedParticipant, Participant, ReferralCode
from team.models import AuditEntry
from tests.api.calling import Api, user_path
from tests.conftest import NOON
from tests.factories import make_participant, make_program, make_reward
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db

ADA = {
    "firstName": "Ada",
    "lastName": "Byron",
    "email": "Ada@Example.com",
    "locale": "en_GB",
    "countryCode": "GB",
    "imageUrl": "https://example.com/a.png",
    "segments": ["vip", "early"],
    "customFields": {"plan": "gold", "seats": 3, "trial": False},
}


@pytest.fixture
def program(db):
    return make_program(key="47255")


def test_an_upsert_registers_a_user_with_a_code_in_every_live_program(api, program):
    make_program(key="draft", status="draft")
    make_program(key="paused", status="paused")

    answer = api.upsert("acme", "ada@example.com", **ADA)

    body = answer.body
    assert answer.status == 200
    assert isinstance(body.pop("dateCreated"), int)
    assert body.pop("programShareLinks").keys() == {"47255"}
    assert body == {
        "id": "ada@example.com",
        "accountId": "acme",
        "firstName": "Ada",
        "lastName": "Byron",
        "email": "Ada@Example.com",
        "imageUrl": "https://example.com/a.png",
        "cookieId": None,
        "locale": "en_GB",
        "countryCode": "GB",
        "referable": True,
        "firstSeenIP": None,
        "lastSeenIP": None,
        "referralCodes": {"47255": "ADABYRON"},
        "customFields": {"plan": "gold", "seats": 3, "trial": False},
        "segments": ["vip", "early"],
        "referredByCodes": [],
    }


def test_an_upsert_changes_only_what_was_sent(api, program):
    first = api.upsert("acme", "ada", **ADA).body

    second = api.upsert(
        "acme", "ada", lastName="Lovelace", segments=["~early", "new"], customFields={"seats": 4, "plan": None}
    ).body

    assert second == {
        **first,
        "lastName": "Lovelace",
        "segments": ["vip", "new"],
        "customFields": {"seats": 4, "trial": False},
    }
    assert Participant.objects.count() == 1


def test_the_same_upsert_again_writes_nothing(api, program):
    first = api.upsert("acme", "ada", **ADA)
    entries = AuditEntry.objects.count()

    second = api.upsert("acme", "ada", **ADA)

    assert second.body == first.body
    assert AuditEntry.objects.count() == entries


def test_a_user_joins_a_program_launched_since_and_gets_the_code_wished_for(api, program):
    api.upsert("acme", "ada", **ADA)
    make_program(key="second")

    body = api.upsert("acme", "ada", referralCodes={"second": "LOVELACE", "47255": "IGNORED"}).body

    assert body["referralCodes"] == {"47255": "ADABYRON", "second": "LOVELACE"}


def test_a_code_that_somebody_has_is_refused_and_registers_nobody(api, program):
    api.upsert("acme", "ada", referralCodes={"47255": "FREE"})

    answer = api.upsert("acme", "eve", referralCodes={"47255": "free"})

    assert (answer.status, answer.code) == (400, "CODE_TAKEN")
    assert Participant.objects.count() == 1


def test_creating_a_user_who_is_there_already_is_refused_and_changes_nothing(api):
    body = {"id": "ada", "accountId": "acme", "firstName": "Ada"}
    assert api.post(user_path("acme", "ada"), body).status == 201

    answer = api.post(user_path("acme", "ada"), {**body, "firstName": "Eve"})

    assert (answer.status, answer.body["rsCode"]) == (400, "RS048")
    assert Participant.objects.get().first_name == "Ada"


def test_a_body_that_names_another_user_than_the_address_is_refused(api):
    answer = api.put(user_path("acme", "ada"), {"id": "eve", "accountId": "acme"})

    assert (answer.status, answer.code) == (400, "BAD_REQUEST")
    assert not Participant.objects.exists()


def test_only_the_fields_asked_for_are_given(api):
    make_participant(account_id="acme", user_id="ada")

    assert api.get(user_path("acme", "ada"), fields="id,firstName").body == {"id": "ada", "firstName": "Ada"}
    assert "email" in api.get(user_path("acme", "ada"), extraFields="segments").body
    assert api.get(user_path("acme", "ada"), fields="id,password").code == "BAD_REQUEST"
    assert api.get(user_path("acme", "ada"), fields="id", extraFields="email").code == "BAD_REQUEST"


def test_an_unknown_user_is_answered_404(api):
    answer = api.get(user_path("acme", "nobody"))

    assert (answer.status, answer.code, answer.body["rsCode"]) == (404, "NOT_FOUND", "RS042")


def test_a_token_with_the_whole_user_registers_that_user_and_nothing_else(api, program):
    user = {"id": "ada", "accountId": "acme", "firstName": "Ada", "segments": ["vip"]}
    browser = api.with_token({"user": user})

    assert browser.upsert("acme", "ada", firstName="Ada").status == 200
    assert browser.upsert("acme", "ada", firstName="Ada", segments=["staff"]).status == 403
    assert browser.upsert("acme", "ada", lastName="Unsigned").status == 403
    assert browser.upsert("acme", "eve").status == 403

    ada = Participant.objects.get()
    assert (ada.first_name, ada.last_name, ada.segments) == ("Ada", "", [])


def test_a_token_that_only_names_the_user_changes_nothing(api):
    browser = api.with_token({"user": {"id": "ada", "accountId": "acme"}})

    assert browser.upsert("acme", "ada").code == "FORBIDDEN"
    assert not Participant.objects.exists()


def test_a_token_signed_by_a_key_that_may_only_read_changes_nothing(db):
    reader = Api.with_key("read")

    answer = reader.with_token({"user": {"id": "ada", "accountId": "acme", "email": "a@b.c"}}).upsert("acme", "ada")

    assert answer.code == "FORBIDDEN"
    assert not Participant.objects.exists()


def test_anybody_learns_of_a_code_whose_it_is_and_no_more(api, program):
    api.upsert("acme", "ada", **ADA)

    answer = Api().get("open/user", referralCode="adabyron")

    assert answer.body == {
        "id": "ada",
        "accountId": "acme",
        "firstName": "Ada",
        "lastInitial": "B",
        "referralCode": "ADABYRON",
        "imageUrl": "https://example.com/a.png",
    }


def test_a_code_that_is_not_primary_names_its_advocate_too(api, program):
    api.upsert("acme", "ada", **ADA)
    ReferralCode.objects.create(code="SECOND", program=program, participant=Participant.objects.get(), is_primary=False)

    assert Api().get("open/user", referralCode="SECOND").body["id"] == "ada"


def test_unknown_disabled_and_blocked_codes_are_answered_alike(api, program):
    api.upsert("acme", "ada", **ADA)
    api.upsert("acme", "eve", firstName="Eve")
    ReferralCode.objects.filter(participant__user_id="eve").update(is_primary=False, disabled_at=NOON)
    api.post(user_path("acme", "ada", prefix="") + "/block")

    answers = [Api().get("open/user", referralCode=code) for code in ("NOBODY", "EVE", "ADABYRON", "x" * 300, "ä")]

    assert {(answer.status, answer.text) for answer in answers} == {(404, answers[0].text)}


@pytest.mark.usefixtures("within_one_minute")
def test_guessing_codes_is_slowed_down_after_30_a_minute_and_a_shop_is_not(api, program):
    api.upsert("acme", "ada", **ADA)

    statuses = [Api().get("open/user", referralCode=f"GUESS{number}").status for number in range(32)]

    assert statuses == [404] * 30 + [429] * 2
    assert api.get("open/user", referralCode="ADABYRON").status == 200


def test_users_are_listed_in_pages_and_found_by_name_mail_and_id(api, program):
    for number in range(12):
        api.upsert("acme", f"user-{number:02}", firstName="Ada", email=f"n{number}@example.com")
    api.upsert("acme", "eve", firstName="Eve", email="eve@example.com")

    first = api.get("users").body
    assert (first["count"], first["totalCount"], len(first["users"])) == (10, 13, 10)
    assert api.get("users", limit=10, offset=10).body["count"] == 3
    found = api.get("users", query="eve@ex").body
    assert [(user["id"], user["referralCode"]) for user in found["users"]] == [("eve", "EVE")]
    assert found["users"][0]["emailHash"] == hashlib.md5(b"eve@example.com").hexdigest()
    with counted_queries("api.user list"):
        api.get("users", limit=13)


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"limit": "x"}, {"limit": "9" * 5000}]
)
def test_a_page_that_cannot_be_is_refused(api, query):
    assert api.get("users", **query).code == "VALIDATION_FAILED"


def test_blocking_and_unblocking_can_be_repeated(api):
    make_participant(account_id="acme", user_id="ada")
    path = user_path("acme", "ada", prefix="")

    for verb, blocked in (("block", True), ("block", True), ("unblock", False), ("unblock", False)):
        answer = api.post(f"{path}/{verb}", {})
        assert (answer.status, answer.body) == (200, {})
        assert Participant.objects.get().is_blocked is blocked

    assert AuditEntry.objects.filter(action__startswith="participant.").count() == 2
    assert api.post(f"{user_path('acme', 'eve', prefix='')}/block").status == 404


def test_a_deleted_user_is_forgotten_and_their_ledger_kept(api, program):
    api.upsert("acme", "ada", **ADA)
    ada = Participant.objects.get()
    used = make_reward(participant=ada, status="REDEEMED")
    left = make_reward(participant=ada)

    answer = api.call("DELETE", user_path("acme", "ada"))

    assert (answer.status, answer.text) == (204, "")
    assert api.get(user_path("acme", "ada")).status == 404
    assert Api().get("open/user", referralCode="ADABYRON").status == 404
    assert api.get("users", query="Byron").body["totalCount"] == 0
    ada.refresh_from_db()
    assert (ada.first_name, ada.email, ada.custom_fields, ada.is_blocked) == ("", "", {}, True)
    left.refresh_from_db()
    used.refresh_from_db()
    assert (left.status, used.status) == ("CANCELLED", "REDEEMED")
    assert api.call("DELETE", user_path("acme", "ada")).status == 404
    assert api.upsert("acme", "ada").status == 200


def test_a_user_deleted_for_good_is_not_registered_again(api):
    api.upsert("acme", "ada", **ADA)
    api.call("DELETE", f"{user_path('acme', 'ada')}?doNotTrack=true")

    answer = api.upsert("acme", "ada")

    assert (answer.status, answer.body["rsCode"]) == (400, "RS050")
    assert ErasedParticipant.objects.get().do_not_track
    assert not Participant.objects.filter(user_id="ada").exists()


def test_an_account_has_a_thousand_users_at_most(api):
    Participant.objects.bulk_create(Participant(account_id="acme", user_id=f"u{number}") for number in range(1000))

    answer = api.upsert("acme", "one too many")

    assert (answer.status, answer.body["rsCode"]) == (400, "RS013")
    assert api.upsert("acme", "u0", firstName="Ada").status == 200


def test_the_calls_of_a_checkout_make_few_queries(api, program):
    api.upsert("acme", "ada", **ADA)

    with counted_queries("api.upsert again"):
        api.upsert("acme", "ada", **ADA)
    with counted_queries("api.user"):
        api.get(user_path("acme", "ada"))
    with counted_queries("api.user by code"):
        api.get("open/user", referralCode="ADABYRON")
