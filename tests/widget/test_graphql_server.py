"""What a shop's server changes by GraphQL, and what no user's token does."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from api.models import StoredAnswer
from jobs.models import Job
from jobs.runner import run_job
from programs.models import Participant, ParticipantEvent, Referral, ReferralCode
from rewards.models import Reward, RewardEntry
from tests.api.calling import BASE, Answer, Api
from tests.conftest import NOON
from tests.factories import (
    make_participant,
    make_program,
    make_referral,
    make_referral_code,
    make_reward,
    make_share_link,
    make_unit,
)
from tests.widget.calling import ANA, ask, data, problem

pytestmark = pytest.mark.django_db

UPSERT: Final = """
  mutation ($userInput: UserInput!) {
    upsertUser(userInput: $userInput) { id accountId firstName segments customFields referralCodes referredByCodes }
  }
"""
ADD_CODE: Final = """
  mutation ($input: AddReferralCodeInput!) {
    addReferralCode(addReferralCodeInput: $input) { referralCode { code isPrimaryForProgram program { id } } }
  }
"""
GIVE: Final = """
  mutation ($reward: RSJsonNode!) {
    createReward(rewardInput: $reward, userId: "ana@example.com", accountId: "acme") {
      type value unit statuses assignedCredit redeemedCredit
    }
  }
"""
REDEEM: Final = """
  mutation ($input: RedeemCreditInput!) {
    redeemUserCredit(userId: "ana@example.com", accountId: "acme", redeemCreditInput: $input) {
      unit creditRedeemed creditAvailable
    }
  }
"""
REDEEM_ONE: Final = """
  mutation ($id: ID!, $input: RedeemCreditInput!) {
    redeemRewardCredit(id: $id, redeemCreditInput: $input) { creditRedeemed creditAvailable }
  }
"""
LOG: Final = """
  mutation ($input: UserEventInput!) {
    logUserEvent(userEventInput: $input) { userId user { firstName } events { id key fields dateTriggered } }
  }
"""
CREATE_JOB: Final = """
  mutation ($jobInput: JobInput!) { createJob(jobInput: $jobInput) { id type requester dateCreated } }
"""
VALIDATE: Final = "query ($jobInput: JobInput!) { validateJobCreation(jobInput: $jobInput) { errors } }"
JOB: Final = "query ($id: ID!) { job(id: $id) { status stats { recordsProcessed errors } } }"
CREDIT: Final = {"type": "CREDIT", "unit": "POINT", "assignedCredit": 500}
BALANCES: Final = "MUTATION/REDEEMABLE_REWARD_BALANCE"
EVENTS: Final = {"userId": ANA["id"], "accountId": ANA["accountId"], "events": [{"key": "visited"}]}


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch):
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def money(db) -> Api:
    return Api.with_key("money")


@pytest.fixture
def points(ana) -> Reward:
    return make_reward(participant=ana, unit=make_unit("POINT"), amount=500)


def send(api: Api, content: str, name: str = "paid.csv") -> str:
    """Upload a file as a shop's server does, and return what it is called."""
    upload = SimpleUploadedFile(name, content.encode())
    client = Client(raise_request_exception=False, headers=api.headers)
    return str(Answer(client.post(f"{BASE}export/upload", {"file": upload})).body["fileRef"])


def state() -> dict[str, Any]:
    """Return everything that these mutations may change."""
    return {
        "users": list(Participant.objects.order_by("pk").values_list("user_id", "first_name", "segments")),
        "codes": set(ReferralCode.objects.values_list("code", "is_primary")),
        "rewards": list(Reward.objects.order_by("pk").values_list("amount", "redeemed", "status")),
        "entries": RewardEntry.objects.count(),
        "events": ParticipantEvent.objects.count(),
        "jobs": Job.objects.count(),
        "referrals": Referral.objects.count(),
    }


def test_a_user_is_registered_attributed_and_shown_with_their_codes(api, spring):
    bob = make_participant(user_id="bob")
    make_referral_code(code="BOB", participant=bob, program=spring)
    new = {**ANA, "firstName": "Ana", "customFields": {"vip": True}, "segments": ["fans"], "referredByCodes": ["BOB"]}

    shown = data(api, UPSERT, userInput=new)["upsertUser"]

    code = ReferralCode.objects.get(participant__user_id=ANA["id"]).code
    assert shown == {
        **ANA,
        "firstName": "Ana",
        "segments": ["fans"],
        "customFields": {"vip": True},
        "referralCodes": {"spring": code},
        "referredByCodes": ["BOB"],
    }
    assert Referral.objects.get().referrer == bob


def test_what_is_left_out_of_a_user_stays_as_it_is(api, ana):
    data(api, UPSERT, userInput={**ANA, "segments": ["fans"], "firstName": None})

    ana.refresh_from_db()
    assert (ana.first_name, ana.last_name, ana.segments) == ("Ana", "García", ["fans"])


def test_a_user_registers_with_a_token_of_all_that_is_sent_and_changes_nothing_beside(api, ana):
    signed = {**ANA, "firstName": "Anna"}
    hers = api.with_token({"user": signed})

    assert data(hers, UPSERT, userInput=signed)["upsertUser"]["firstName"] == "Anna"
    before = state()
    assert problem(hers, UPSERT, userInput={**signed, "firstName": "Eve"}) == (403, "FORBIDDEN")
    assert problem(hers, UPSERT, userInput={**signed, "id": "bob"}) == (403, "FORBIDDEN")
    assert state() == before


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"email": "no mail"}, "VALIDATION_FAILED"),
        ({"locale": "???"}, "VALIDATION_FAILED"),
        ({"segments": ["~"]}, "VALIDATION_FAILED"),
        ({"customFields": {"nested": {}}}, "VALIDATION_FAILED"),
        ({"customFields": {"a": "\u0000"}}, "INVALID_JSON_REQUEST"),
    ],
)
def test_a_user_who_cannot_be_so_is_refused_as_the_api_refuses_them(api, ana, wrong, code):
    before = state()

    answer = api.post("graphql", {"query": UPSERT, "variables": {"userInput": {**ANA, **wrong}}})

    refused = answer.body if answer.status == 400 else answer.body["errors"][0]["extensions"]["apiError"]
    assert (refused["statusCode"], refused["apiErrorCode"]) == (400, code)
    assert state() == before


def test_a_text_that_no_database_stores_is_refused_within_the_query_too(api, ana):
    query = 'mutation { upsertUser(userInput: {id: "a\\u0000b", accountId: "acme"}) { id } }'

    assert problem(api, query) == (400, "INVALID_QUERY")
    assert Participant.objects.count() == 1


def test_a_code_is_added_and_made_the_one_that_is_shared(api, ana, spring):
    make_referral_code(code="ANA", participant=ana, program=spring)
    wanted = {"referralCode": "ANA-2", "programId": "spring", "userId": ANA["id"], "accountId": "acme"}

    second = data(api, ADD_CODE, input=wanted)["addReferralCode"]["referralCode"]
    third = data(api, ADD_CODE, input={**wanted, "referralCode": "ANA-3", "makeReferralCodePrimaryForProgram": True})[
        "addReferralCode"
    ]["referralCode"]

    assert second == {"code": "ANA-2", "isPrimaryForProgram": False, "program": {"id": "spring"}}
    assert (third["code"], third["isPrimaryForProgram"]) == ("ANA-3", True)
    before = state()
    assert problem(api, ADD_CODE, input={**wanted, "referralCode": "ana-3"}) == (400, "CODE_TAKEN")
    assert problem(api, ADD_CODE, input={**wanted, "referralCode": ""}) == (400, "VALIDATION_FAILED")
    assert problem(api, ADD_CODE, input={**wanted, "referralCode": "no code"}) == (400, "VALIDATION_FAILED")
    assert problem(api, ADD_CODE, input={**wanted, "programId": "none"}) == (404, "NOT_FOUND")
    assert problem(api, ADD_CODE, input={**wanted, "userId": "nobody"}) == (404, "NOT_FOUND")
    assert state() == before


def test_a_reward_is_given_as_by_the_api(money, ana):
    make_unit("POINT")

    assert data(money, GIVE, reward=CREDIT)["createReward"] == {
        "type": "CREDIT",
        "value": 500,
        "unit": "POINT",
        "statuses": ["AVAILABLE"],
        "assignedCredit": 500,
        "redeemedCredit": 0,
    }
    assert problem(money, GIVE, reward={**CREDIT, "unit": "MILES"}) == (400, "UNKNOWN_UNIT")
    assert problem(money, GIVE, reward={"type": "CREDIT"}) == (400, "VALIDATION_FAILED")
    assert problem(money, GIVE, reward="CREDIT") == (400, "VALIDATION_FAILED")
    assert Reward.objects.count() == 1


def test_credit_is_redeemed_of_a_user_and_of_one_reward(money, ana, points):
    assert data(money, REDEEM, input={"amount": 200, "unit": "POINT"})["redeemUserCredit"] == {
        "unit": "POINT",
        "creditRedeemed": 200,
        "creditAvailable": 300,
    }
    one = data(money, REDEEM_ONE, id=points.public_id, input={"amount": 100, "unit": "POINT"})

    assert one["redeemRewardCredit"] == {"creditRedeemed": 100, "creditAvailable": 200}
    before = state()
    assert problem(money, REDEEM, input={"amount": 201, "unit": "POINT"})[0] == 400
    assert problem(money, REDEEM, input={"amount": 0, "unit": "POINT"}) == (400, "VALIDATION_FAILED")
    assert problem(money, REDEEM_ONE, id="5", input={"amount": 1, "unit": "POINT"}) == (404, "NOT_FOUND")
    assert state() == before


def test_several_redemptions_of_one_call_are_several_entries_and_one_that_is_refused_leaves_the_others(money, points):
    query = """
      mutation ($u: String!, $a: RedeemCreditInput!, $b: RedeemCreditInput!, $c: RedeemCreditInput!) {
        a: redeemUserCredit(userId: $u, accountId: "acme", redeemCreditInput: $a) { creditAvailable }
        b: redeemUserCredit(userId: $u, accountId: "acme", redeemCreditInput: $b) { creditAvailable }
        c: redeemUserCredit(userId: $u, accountId: "acme", redeemCreditInput: $c) { creditAvailable }
      }
    """
    inputs = {name: {"amount": amount, "unit": "POINT"} for name, amount in {"a": 100, "b": 900, "c": 50}.items()}

    answer = ask(money, query, u=ANA["id"], **inputs)

    assert answer["data"] == {"a": {"creditAvailable": 400}, "b": None, "c": {"creditAvailable": 350}}
    assert [error["path"] for error in answer["errors"]] == [["b"]]
    assert sorted(RewardEntry.objects.values_list("amount", flat=True)) == [50, 100]


def test_an_idempotency_key_redeems_once_and_another_body_under_it_is_refused(money, points):
    body = {"query": REDEEM, "variables": {"input": {"amount": 200, "unit": "POINT"}}}

    answers = [money.post("graphql", body, idempotency_key="order-7") for _time in range(3)]

    assert len({answer.text for answer in answers}) == 1
    assert len({answer.headers["X-Request-Id"] for answer in answers}) == 1
    assert RewardEntry.objects.get().amount == 200
    other = {**body, "variables": {"input": {"amount": 201, "unit": "POINT"}}}
    refused = money.post("graphql", other, idempotency_key="order-7")
    assert (refused.status, refused.code) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert RewardEntry.objects.count() == 1


def test_a_refusal_is_kept_under_an_idempotency_key_and_a_failure_of_ours_is_not(money, points, monkeypatch):
    body = {"query": REDEEM, "variables": {"input": {"amount": 900, "unit": "POINT"}}}
    first = money.post("graphql", body, idempotency_key="too-much")
    make_reward(participant=points.participant, unit=points.unit, amount=1000)

    assert money.post("graphql", body, idempotency_key="too-much").text == first.text

    works = monkeypatch.context
    with works() as broken:
        broken.setattr("api.money.debit_balance", lambda **_values: 1 / 0)
        failed = money.post("graphql", body, idempotency_key="again")
    assert failed.body["errors"][0]["extensions"]["apiError"]["statusCode"] == 500
    assert not RewardEntry.objects.exists()
    assert "errors" not in money.post("graphql", body, idempotency_key="again").body
    assert StoredAnswer.objects.count() == 2


def test_a_query_is_answered_anew_whatever_key_comes_along(money, ana):
    body = {"query": "{ users { totalCount } }"}
    money.post("graphql", body, idempotency_key="one")
    make_participant()

    assert money.post("graphql", body, idempotency_key="one").body == {"data": {"users": {"totalCount": 2}}}
    assert not StoredAnswer.objects.exists()


def test_events_are_stored_once_for_an_idempotency_key_of_theirs(api, ana):
    sent = {
        **EVENTS,
        "events": [{"key": "visited", "fields": {"page": "home"}, "dateTriggered": 1773489600000, "id": None}],
        "idempotencyKey": "event-0001",
    }

    logged = data(api, LOG, input=sent)["logUserEvent"]

    [event] = logged["events"]
    assert (logged["userId"], logged["user"]) == (ANA["id"], {"firstName": "Ana"})
    assert (event["key"], event["fields"], event["dateTriggered"]) == ("visited", {"page": "home"}, 1773489600000)
    assert problem(api, LOG, input=sent) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert ParticipantEvent.objects.count() == 1


def test_a_user_logs_their_own_events_with_a_whole_token_and_nobody_elses(api, ana):
    make_participant(account_id="acme", user_id="bob")
    hers = api.with_token({"user": {**ANA, "firstName": "Ana"}})

    data(hers, LOG, input=EVENTS)

    assert problem(hers, LOG, input={**EVENTS, "userId": "bob"}) == (403, "FORBIDDEN")
    assert ParticipantEvent.objects.count() == 1


def test_an_uploaded_file_is_checked_started_and_polled(money, ana, points):
    ref = send(money, "accountId,userId,unit,valueToRedeem\nacme,ana@example.com,POINT,200\nacme,bob,POINT,1\n")
    wanted = {"type": BALANCES, "fileRef": ref, "outputFormat": "CSV"}

    assert data(money, VALIDATE, jobInput=wanted) == {"validateJobCreation": {"errors": []}}
    assert not Job.objects.exists()
    made = data(money, CREATE_JOB, jobInput=wanted)["createJob"]
    assert (made["type"], made["requester"]) == (BALANCES, f"API key Shop ({money.key.account_sid})")
    assert data(money, JOB, id=made["id"])["job"]["status"] == "PENDING"
    run_job(Job.objects.get().pk)
    done = {"status": "COMPLETED", "stats": {"recordsProcessed": 2, "errors": 1}}
    assert data(money, JOB, id=made["id"]) == {"job": done}
    assert data(money, CREATE_JOB, jobInput=wanted)["createJob"]["id"] == made["id"]
    points.refresh_from_db()
    assert points.redeemed == 200


def test_users_come_in_by_a_file_and_a_job(money, spring):
    text = io.StringIO()
    csv.writer(text).writerows([["id", "accountId", "firstName"], ["bob", "acme", "Bob"]])
    made = data(money, CREATE_JOB, jobInput={"type": "MUTATION/USER", "fileRef": send(money, text.getvalue())})

    run_job(Job.objects.get(public_id=made["createJob"]["id"]).pk)

    assert Participant.objects.get().first_name == "Bob"


@pytest.mark.parametrize(
    "wanted",
    [
        {"type": BALANCES, "fileRef": "imports/default/none.csv"},
        {"type": BALANCES},
        {"type": "MUTATION/DELETE_USER", "fileRef": "imports/default/none.csv"},
        {"type": BALANCES, "fileRef": "imports/default/none.csv", "params": {"nothing": True}},
        {"type": BALANCES, "fileRef": "imports/default/none.csv", "params": "text"},
        {"type": BALANCES, "fileRef": "imports/default/none.csv", "mailtoEmail": "ana@example.com"},
    ],
)
def test_a_job_that_cannot_be_made_says_why_before_and_is_not_made(money, wanted):
    assert len(data(money, VALIDATE, jobInput=wanted)["validateJobCreation"]["errors"]) == 1
    assert problem(money, CREATE_JOB, jobInput=wanted)[0] == 400
    assert not Job.objects.exists()


CALLS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "upsertUser": ("write", UPSERT, {"userInput": {**ANA, "firstName": "Eve", "segments": ["eve"]}}),
    "addReferralCode": (
        "write",
        ADD_CODE,
        {"input": {"referralCode": "EVE", "programId": "spring", "userId": ANA["id"], "accountId": "acme"}},
    ),
    "logUserEvent": ("write", LOG, {"input": EVENTS}),
    "createReward": ("money", GIVE, {"reward": CREDIT}),
    "redeemUserCredit": ("money", REDEEM, {"input": {"amount": 1, "unit": "POINT"}}),
    "redeemRewardCredit": ("money", REDEEM_ONE, {"id": "REWARD", "input": {"amount": 1, "unit": "POINT"}}),
    "createJob": ("money", CREATE_JOB, {"jobInput": {"type": BALANCES, "fileRef": "FILE"}}),
    "validateJobCreation": ("money", VALIDATE, {"jobInput": {"type": BALANCES, "fileRef": "FILE"}}),
    "job": ("read", JOB, {"id": "JOB"}),
}
SCOPES: Final = ("read", "write", "money")


@pytest.fixture
def world(money, ana, spring, points):
    """Return the variables of each call, with what there is of rewards, files and imports in them."""
    make_referral_code(code="ANA", participant=ana, program=spring)
    ref = send(money, "accountId,userId,unit,valueToRedeem\nacme,ana@example.com,POINT,200\n")
    other = send(money, "accountId,userId,unit,valueToRedeem\nacme,ana@example.com,POINT,100\n", name="other.csv")
    job = data(money, CREATE_JOB, jobInput={"type": BALANCES, "fileRef": other})["createJob"]["id"]
    real = {"REWARD": points.public_id, "FILE": ref, "JOB": job}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(one) for key, one in value.items()}
        return real.get(value, value) if isinstance(value, str) else value

    return lambda name: filled(CALLS[name][2])


@pytest.mark.parametrize("name", CALLS)
def test_only_a_key_of_the_right_scope_may_and_whoever_may_not_changes_nothing(name, world, ana):
    needed, query, _variables = CALLS[name]
    small = SCOPES[: SCOPES.index(needed)]
    callers = {scope: Api.with_key(scope) for scope in small}
    signer = Api.with_key("money")
    bob = {"id": "bob", "accountId": "acme", "email": "bob@example.com"}
    callers["a token that names her"] = signer.with_token({"user": ANA})
    callers["a token of somebody else"] = signer.with_token({"user": bob})
    callers["a token by a key that reads"] = Api.with_key("read").with_token({"user": {**ANA, "firstName": "Eve"}})
    callers["anybody"] = Api()
    before = state()

    for who, caller in callers.items():
        assert problem(caller, query, **world(name)) == (403, "FORBIDDEN"), who
    if name not in {"upsertUser", "logUserEvent"}:
        whole = signer.with_token({"user": {**ANA, "firstName": "Eve", "segments": ["eve"]}})
        assert problem(whole, query, **world(name)) == (403, "FORBIDDEN")
    assert state() == before
    assert "errors" not in ask(Api.with_key(needed), query, **world(name))


def test_a_mutation_sees_what_the_one_before_it_changed(api, ana):
    make_program(key="spring")
    query = """
      mutation {
        a: upsertUser(userInput: {id: "ana@example.com", accountId: "acme"}) { referralCodes }
        b: addReferralCode(addReferralCodeInput: {
          referralCode: "NEW", programId: "spring", userId: "ana@example.com", accountId: "acme",
          makeReferralCodePrimaryForProgram: true
        }) { referralCode { user { referralCode(programId: "spring") } } }
      }
    """

    found = data(api, query)

    assert found["a"]["referralCodes"].keys() == {"spring"}
    assert found["b"]["referralCode"]["user"] == {"referralCode": "NEW"}


def test_the_codes_of_all_users_of_a_page_are_read_together(django_assert_num_queries):
    api, spring, summer = Api.with_key("read"), make_program(key="spring"), make_program(key="summer")
    eve, *friends = (make_participant(user_id=name, account_id=name, created_at=NOON) for name in ("eve", "fay", "gil"))
    for program, code in ((spring, "EVE"), (summer, "EVE-2")):
        held = make_referral_code(participant=eve, program=program, code=code)
        make_referral(program=program, referrer=eve, referred=friends[0], code_used=code, date_started=NOON)
    make_share_link(slug="eves", code=held, clicks=3, clicked_at=NOON)
    make_referral_code(participant=friends[0], program=spring, code="FAY")
    query = "query ($n: Int!) { users(limit: $n) { data { id referralCodes referredByCodes stats { traffic } } } }"
    data(api, query, n=1)

    # Whose key it is, the page, how many there are in all, their links, and the codes that they came by.
    with django_assert_num_queries(5):
        found = data(api, query, n=3)["users"]["data"]

    assert sorted(found, key=lambda user: user["id"]) == [
        {
            "id": "eve",
            "referralCodes": {"spring": "EVE", "summer": "EVE-2"},
            "referredByCodes": [],
            "stats": {"traffic": 3},
        },
        {"id": "fay", "referralCodes": {"spring": "FAY"}, "referredByCodes": ["EVE-2", "EVE"], "stats": {"traffic": 0}},
        {"id": "gil", "referralCodes": {}, "referredByCodes": [], "stats": {"traffic": 0}},
    ]
