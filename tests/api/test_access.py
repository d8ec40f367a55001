from __future__ import annotations

import base64
import json
import time

import jwt
import pytest

from team.audit import SYSTEM
from team.models import ApiKey, AuditEntry
from team.operations import revoke_api_key
from tests.api.calling import Api, basic, user_path
from tests.factories import make_participant

pytestmark = pytest.mark.django_db

ADA = user_path("acme", "ada@example.com")


@pytest.fixture
def ada():
    return make_participant(account_id="acme", user_id="ada@example.com", email="ada@example.com")


def sid(api):
    return api.key.account_sid


@pytest.mark.parametrize(
    "pair",
    [
        lambda api: ("", api.secret),
        lambda api: (api.secret, ""),
        lambda api: ("ApiKey", api.secret),
        lambda api: (sid(api), api.secret),
    ],
    ids=["empty user", "empty password", "any word", "account SID"],
)
def test_the_secret_is_taken_in_the_four_forms_that_clients_send(api, ada, pair):
    answer = Api({"Authorization": basic(*pair(api))}).get(ADA)

    assert (answer.status, answer.body["id"]) == (200, "ada@example.com")
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
        basic("", "wrong"),
        basic("", ""),
        "Digest x",
    ],
)
def test_wrong_credentials_are_answered_401_in_the_form_of_errors(api, ada, header):
    answer = Api({"Authorization": header} if header else {}).get(ADA)

    assert (answer.status, answer.code, answer.body["rsCode"]) == (401, "UNAUTHORIZED", "RS045")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_revoked_key_opens_nothing(api, ada, at):
    revoke_api_key(key=api.key, by=SYSTEM, at=at)

    assert api.get(ADA).status == 401


def test_the_account_sid_of_another_key_does_not_go_with_a_secret(api, ada):
    other = Api.with_key("money")

    assert Api({"Authorization": basic(sid(other), api.secret)}).get(ADA).status == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": basic("", "wrong")}])
def test_an_unknown_tenant_is_answered_404_before_anything_else(db, headers):
    answer = Api(headers).call("GET", ADA, base="/api/v1/nobody/")

    assert answer.status == 404
    assert answer.body == {
        "message": "Missing or invalid tenant alias.",
        "statusCode": 404,
        "apiErrorCode": "TENANT_NOT_FOUND",
        "rsCode": "RS045",
    }


def test_a_good_key_does_not_open_another_tenant(api):
    assert api.call("GET", ADA, base="/api/v1/nobody/").code == "TENANT_NOT_FOUND"


def test_a_scope_that_does_not_suffice_is_answered_403(ada):
    answer = Api.with_key("read").upsert("acme", "ada@example.com", firstName="Eve")

    assert (answer.status, answer.code) == (403, "FORBIDDEN")
    ada.refresh_from_db()
    assert ada.first_name == "Ada"


def test_what_a_key_changes_is_recorded_under_its_name(api):
    api.upsert("acme", "ada@example.com", firstName="Ada")

    entry = AuditEntry.objects.get(action="participant.added")
    assert (entry.user, entry.actor) == (None, f"API key Shop ({sid(api)})")


@pytest.mark.parametrize("header", ["X-SaaSquatch-User-Token", "Authorization"])
@pytest.mark.parametrize(
    "claims",
    [
        {"user": {"id": "ada@example.com", "accountId": "acme"}},
        {"user": {"id": "ada@example.com", "accountId": "acme", "email": "x@example.com"}, "exp": time.time() + 600},
        {"sub": "acme:ada@example.com@default:users"},
        {"sub": "YWNtZQ==:YWRhQGV4YW1wbGUuY29t@default:users"},
    ],
    ids=["ids", "whole user", "sub", "sub in base64"],
)
def test_a_token_reads_its_own_user_by_either_header(api, ada, header, claims):
    answer = api.with_token(claims, header=header).get(ADA)

    assert (answer.status, answer.body["accountId"]) == (200, "acme")


def test_a_token_without_a_kid_is_tried_with_the_keys_there_are(api, ada):
    Api.with_key("read")

    assert api.with_token({"user": {"id": "ada@example.com", "accountId": "acme"}}, headers={}).get(ADA).status == 200


def test_a_token_for_another_user_is_answered_403(api, ada):
    make_participant(account_id="acme", user_id="eve")

    answer = api.with_token({"user": {"id": "eve", "accountId": "acme"}}).get(ADA)

    assert (answer.status, answer.code) == (403, "FORBIDDEN")


def signed(api, claims, *, algorithm="HS256", key=None, **headers):
    return jwt.encode(claims, key or api.secret, algorithm=algorithm, headers={"kid": sid(api), **headers})


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


USER = {"user": {"id": "ada@example.com", "accountId": "acme"}}
FORGED = {
    "nothing": lambda _: "",
    "a word": lambda _: "token",
    "dots": lambda _: "..",
    "alg none": lambda api: f"{part({'alg': 'none', 'kid': sid(api)})}.{part(USER)}.",
    "alg None": lambda _: f"{part({'alg': 'None'})}.{part(USER)}.{part('x')}",
    "no alg": lambda api: f"{part({'kid': sid(api)})}.{part(USER)}.{part('x')}",
    "HS384": lambda api: signed(api, USER, algorithm="HS384"),
    "HS512": lambda api: signed(api, USER, algorithm="HS512"),
    "wrong secret": lambda api: signed(api, USER, key="x" * 40),
    "the SID as secret": lambda api: signed(api, USER, key=sid(api) * 2),
    "the digest as secret": lambda api: signed(api, USER, key=api.key.secret_digest),
    "another key's kid": lambda api: signed(api, USER, kid=Api.with_key("money").key.account_sid),
    "kid is a path": lambda api: signed(api, USER, key="x" * 40, kid="../../dev/null"),
    "kid is SQL": lambda api: signed(api, USER, key="x" * 40, kid="' OR 1=1 --"),
    "kid is a list": lambda _: f"{part({'alg': 'HS256', 'kid': ['a']})}.{part(USER)}.{part('x')}",
    "jku": lambda api: signed(api, USER, key="x" * 40, jku="https://evil.example/jwks.json"),
    "cut off": lambda api: signed(api, USER)[:-2],
    "payload swapped": lambda api: ".".join(
        [
            signed(api, USER).split(".")[0],
            part({"user": {"id": "eve", "accountId": "acme"}}),
            signed(api, USER).split(".")[2],
        ]
    ),
    "expired": lambda api: signed(api, {**USER, "exp": time.time() - 61}),
    "not yet": lambda api: signed(api, {**USER, "nbf": time.time() + 120}),
    "issued tomorrow": lambda api: signed(api, {**USER, "iat": time.time() + 86400}),
    "exp is text": lambda api: signed(api, {**USER, "exp": "soon"}),
    "nobody": lambda api: signed(api, {"allowAnonymous": True}),
    "both": lambda api: signed(api, {**USER, "sub": "acme:eve@default:users"}),
    "ids are numbers": lambda api: signed(api, {"user": {"id": 1, "accountId": 1}}),
    "ids are empty": lambda api: signed(api, {"user": {"id": "", "accountId": ""}}),
    "another tenant's sub": lambda api: signed(api, {"sub": "acme:ada@example.com@other:users"}),
    "ambiguous sub": lambda api: signed(api, {"sub": "acme:ada:x@default:users"}),
    "sub is a list": lambda api: signed(api, {"sub": ["acme:ada@example.com@default:users"]}),
    "a list": lambda api: f"{part({'alg': 'HS256', 'kid': sid(api)})}.{part([1])}.{part('x')}",
    "huge": lambda api: signed(api, {**USER, "x": "y" * 20_000}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_token_that_proves_nothing_is_answered_401(api, ada, forge):
    answer = Api({"X-SaaSquatch-User-Token": forge(api)}).get(ADA)

    assert (answer.status, answer.code) == (401, "UNAUTHORIZED")
    assert answer.body["rsCode"] in {"RS006", "RS032", "RS045"}


def test_a_clock_that_is_a_minute_slow_is_forgiven(api, ada):
    token = signed(api, {**USER, "exp": time.time() - 50, "iat": time.time() + 50})

    assert Api({"X-SaaSquatch-User-Token": token}).get(ADA).status == 200


def test_a_token_dies_with_the_key_that_signed_it(api, ada, at):
    token = signed(api, USER)
    revoke_api_key(key=api.key, by=SYSTEM, at=at)

    assert Api({"X-SaaSquatch-User-Token": token}).get(ADA).body["rsCode"] == "RS006"


@pytest.mark.usefixtures("within_one_minute")
def test_wrong_keys_are_slowed_down_after_30_a_minute_and_good_ones_are_not(api, ada):
    guesser = Api({"Authorization": basic("", "wrong")})

    statuses = [guesser.get(ADA).status for _ in range(32)]

    assert statuses == [401] * 30 + [429] * 2
    assert api.get(ADA).status == 200


@pytest.mark.usefixtures("within_one_minute")
def test_calls_without_a_key_are_limited_and_told_when_to_come_back(settings, api, ada):
    settings.API_OPEN_CALLS_PER_MINUTE = 3
    reader = api.with_token(USER)

    answers = [reader.get(ADA) for _ in range(4)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert (answers[3].code, answers[3].body["rsCode"]) == ("TOO_MANY_REQUESTS", "RS033")
    assert answers[3].headers["Retry-After"] == "30"
    assert api.get(ADA).status == 200
