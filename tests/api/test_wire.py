"""The rules of the wire that hold for every address."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs.models import Participant
from team.models import Role, User
from tests.api.calling import Api, basic, user_path
from tests.factories import make_participant

pytestmark = pytest.mark.django_db

ADA = user_path("acme", "ada")
BODY = {"id": "ada", "accountId": "acme"}
OURS = "http://127.0.0.1:8000"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_is_not_said_to_be_json_is_refused(api, content_type):
    answer = api.call("PUT", ADA, '{"id":"ada","accountId":"acme"}', content_type=content_type)

    assert (answer.status, answer.body["rsCode"]) == (415, "RS046")
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"1",
        b'"x"',
        b"\xff\xfe",
        b'{"id":"ada","accountId":"acme","customFields":{"a":NaN}}',
        b'{"id":"ada","accountId":"acme","customFields":{"a":1e999}}',
        b'{"id":"ada","accountId":"acme","firstName":"a\\u0000b"}',
        b'{"id":"ada","accountId":"acme","firstName":"\\ud800"}',
        b'{"id":"ada","accountId":"acme","customFields":{"a":' + b"9" * 5000 + b"}}",
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b'{"id":' + b"[" * 40 + b"]" * 40 + b"}",
    ],
    ids=lambda body: repr(body[:30]),
)
def test_what_is_no_storable_json_is_refused_and_nothing_is_written(api, body):
    answer = api.call("PUT", ADA, body)

    assert answer.status == 400
    assert answer.code in {"INVALID_JSON_REQUEST", "VALIDATION_FAILED", "BAD_REQUEST"}
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"programId": "1"}, "INVALID_JSON_REQUEST"),
        ({"pk": 1, "date_blocked": 1, "is_staff": True}, "INVALID_JSON_REQUEST"),
        ({"first_name": "Ada"}, "INVALID_JSON_REQUEST"),
        ({"firstName": 1}, "VALIDATION_FAILED"),
        ({"referable": "yes"}, "VALIDATION_FAILED"),
        ({"referable": 1}, "VALIDATION_FAILED"),
        ({"locale": "???"}, "VALIDATION_FAILED"),
        ({"locale": "en-US"}, "VALIDATION_FAILED"),
        ({"locale": "en_US\n"}, "VALIDATION_FAILED"),
        ({"email": "no address"}, "VALIDATION_FAILED"),
        ({"imageUrl": "javascript:alert(1)"}, "VALIDATION_FAILED"),
        ({"countryCode": "usa"}, "VALIDATION_FAILED"),
        ({"customFields": {"a b": 1}}, "VALIDATION_FAILED"),
        ({"customFields": {"a": [1]}}, "VALIDATION_FAILED"),
        ({"customFields": {"a": 2**60}}, "VALIDATION_FAILED"),
        ({"segments": "vip"}, "VALIDATION_FAILED"),
        ({"segments": ["a,b"]}, "VALIDATION_FAILED"),
        ({"referralCodes": {"nowhere": "ADA"}}, "VALIDATION_FAILED"),
    ],
)
def test_a_body_is_taken_strictly_and_every_problem_is_named(api, fields, code):
    answer = api.upsert("acme", "ada", **fields)

    assert (answer.status, answer.code) == (400, code)
    assert len(answer.body["validationErrors"]) >= 1
    assert not Participant.objects.exists()


def test_errors_of_known_fields_have_the_codes_that_clients_know(api):
    assert api.upsert("acme", "ada", email="x").body["rsCode"] == "RS023"
    assert api.upsert("acme", "ada", firstName="x" * 256).body["rsCode"] == "RS024"
    assert api.upsert("acme", "ada", locale="???").body["rsCode"] == "RS039"


def test_a_body_over_the_limit_is_refused_before_it_is_read(settings, api):
    settings.API_MAX_BODY_BYTES = 1024

    answer = api.upsert("acme", "ada", firstName="x" * 2000)

    assert (answer.status, answer.code) == (413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("account_id", "user_id"),
    [
        ("a@example.com", "a+b@example.com"),
        ("a/b", "c/d"),
        ("100%", "50%2F50"),
        ("账户", "用户 é"),
        ("a?b#c", "x&y=z"),
    ],
)
def test_ids_of_any_characters_come_through_the_address(api, account_id, user_id):
    answer = api.upsert(account_id, user_id, firstName="Ada")

    assert (answer.status, answer.body["accountId"], answer.body["id"]) == (200, account_id, user_id)
    assert api.get(user_path(account_id, user_id)).body["firstName"] == "Ada"


@pytest.mark.parametrize("path", ["nothing", "open/account/a/user/b/", "", "open", "nothing.at.all", "export%00"])
def test_an_address_that_is_not_there_is_answered_in_the_form_of_errors(api, path):
    answer = api.get(path)

    assert answer.status in {400, 404}
    assert answer.code in {"NOT_FOUND", "BAD_REQUEST"}
    assert "Location" not in answer.headers


def test_a_trailing_slash_is_part_of_the_id_and_nothing_is_redirected(api):
    answer = api.put(ADA + "/", BODY)

    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


def test_a_method_that_is_not_possible_is_answered_in_the_form_of_errors(api):
    answer = api.call("PATCH", ADA, BODY)

    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")
    assert "PUT" in answer.headers["Allow"]


@pytest.mark.parametrize("path", [ADA, "graphql", "nothing/at/all"])
def test_a_preflight_needs_no_credentials_and_reflects_an_allowed_origin(db, path):
    answer = Api({"Origin": OURS, "Access-Control-Request-Method": "PUT"}).call("OPTIONS", path)

    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == OURS
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    assert {"GET", "POST", "PUT", "OPTIONS"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert {"content-type", "accept", "authorization", "x-saasquatch-user-token", "x-saasquatch-referrer"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(", ")
    )


def test_answers_and_refusals_can_be_read_by_a_page_elsewhere_and_are_not_cached(api):
    api.headers["Origin"] = OURS

    for answer in (api.upsert("acme", "ada"), api.get("nothing")):
        assert answer.headers["Access-Control-Allow-Origin"] == OURS
        assert answer.headers["Vary"] == "Origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_of_a_site_that_nobody_has_listed_cannot_read_an_answer(api):
    for origin in ("https://evil.example", "null", f"{OURS}.evil.example"):
        api.headers["Origin"] = origin

        answer = api.upsert("acme", "ada")

        assert answer.status == 200
        assert not [name for name in answer.headers if name.startswith("Access-Control-")]


def test_a_session_speaks_for_nobody_and_costs_no_query(client, owner_session, api):
    answer = client.put(f"/api/v1/default/{ADA}", BODY, content_type="application/json")

    assert answer.status_code == 401


@pytest.fixture
def owner_session(client):
    client.force_login(User.objects.create_user("o@example.com", "x", role=Role.FULL_ACCESS))


def test_plain_http_is_refused_where_the_deployment_has_tls_except_on_this_machine(settings, api):
    settings.HTTPS = True
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    make_participant(account_id="acme", user_id="ada")

    assert api.get(ADA).status == 200  # the test client calls from 127.0.0.1
    plain = api.call("GET", ADA, X_Forwarded_Proto="http")
    assert (plain.status, plain.body["rsCode"]) == (403, "RS047")
    assert api.call("GET", ADA, X_Forwarded_Proto="https").status == 200


def test_a_host_that_is_not_ours_is_refused(api):
    assert api.call("GET", ADA, Host="evil.example").code == "BAD_REQUEST"


def test_errors_are_in_english_whatever_the_browser_reads(api):
    first = api.upsert("acme", "ada", firstName="x" * 256)
    second = api.call("PUT", ADA, {**BODY, "firstName": "x" * 256}, Accept_Language="zh-hans")

    assert first.body == second.body


def test_what_fails_on_our_side_says_so_and_tells_nothing(api, monkeypatch, caplog):
    monkeypatch.setattr("api.views.users.open_user", lambda *_a, **_o: 1 / 0)
    make_participant(account_id="acme", user_id="ada")

    answer = api.get(ADA)

    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert "ZeroDivision" not in answer.text
    assert "api.failed" in caplog.text
    assert api.secret not in caplog.text


def test_a_call_reads_the_key_and_the_tenant_in_one_query(api):
    make_participant(account_id="acme", user_id="ada")
    api.get(ADA)

    with CaptureQueriesContext(connection) as captured:
        assert api.get(ADA).status == 200

    assert len([query for query in captured.captured_queries if "team_" in query["sql"]]) == 1


def test_the_secret_in_the_address_or_a_header_of_another_name_opens_nothing(api):
    assert Api().get(ADA, apiKey=api.secret).status == 401
    assert Api({"X-Api-Key": api.secret}).get(ADA).status == 401
    assert Api({"Authorization": basic("", api.secret[:-1])}).get(ADA).status == 401
