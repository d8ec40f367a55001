from __future__ import annotations

import base64
import json

import jwt
import pytest

from programs.models import Referral
from tests.api.calling import Api
from tests.factories import make_participant, make_program
from tests.widget.calling import ANA, SHOP, allow_shop
from widget.counts import DailyCount

pytestmark = pytest.mark.django_db
SCRIPT = "/a/default/widgets/"
DOORS = ["/api/v1/default/graphql", f"{SCRIPT}squatchcookiejson", "/api/v1/default/widget/account/a/user/b/upsert"]


def cookie_of(**codes):
    content = {
        "127.0.0.1:8000": {"default_CODE": {"codes": codes, "codesExp": {}}, "other_CODE": {"codes": {"x": "Y"}}}
    }
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_the_codes_of_a_cookie_are_given_by_place_and_by_program(shown):
    answer = Api().call("GET", f"squatchcookiejson?cookies={cookie_of(spring='BOB1', autumn='EVE2')}", base=SCRIPT)

    assert answer.status == 200
    assert answer.body == {"codes": {"0": "BOB1", "spring": "BOB1", "autumn": "EVE2"}}


def test_without_a_cookie_a_signed_friend_gets_the_code_they_came_by(api, ana, spring):
    bob = make_participant()
    Referral.objects.create(program=spring, referrer=bob, referred=ana, code_used="BOB1")

    assert api.with_token({"user": ANA}).call("GET", "squatchcookiejson", base=SCRIPT).body == {"codes": {"0": "BOB1"}}
    assert Api().call("GET", "squatchcookiejson", base=SCRIPT).body == {"codes": {}}


def test_a_cookie_that_cannot_be_read_is_refused_with_its_code(shown):
    answer = Api().call("GET", "squatchcookiejson?cookies=%21%21", base=SCRIPT)

    assert (answer.status, answer.body["rsCode"]) == (400, "RS052")


def test_loads_and_shares_are_counted_whoever_reports_them(shown):
    make_program(key="autumn")
    who = "externalAccountId=acme&externalUserId=ana%40example.com&engagementMedium=POPUP"

    for address in (
        f"analytics/loaded?{who}&programId=autumn",
        f"analytics/loaded?{who}",
        f"analytics/shared?{who}&shareMedium=EMAIL",
        f"analytics/shared?{who}&shareMedium=%3Cscript%3E",
    ):
        answer = Api().call("POST", address, {}, base=SCRIPT)
        assert (answer.status, answer.body) == (200, {})

    assert set(DailyCount.objects.values_list("program__key", "kind", "medium", "count")) == {
        ("autumn", "loaded", "POPUP", 1),
        ("spring", "loaded", "POPUP", 1),
        ("spring", "shared", "EMAIL", 1),
        ("spring", "shared", "UNKNOWN", 1),
    }


@pytest.mark.parametrize("name", ["analytics/loaded", "analytics/shared", "squatchcookiejson", "mobilewidget"])
def test_another_tenants_addresses_are_not_found_and_answered_as_the_api_does(shown, name):
    method = "POST" if name.startswith("analytics") else "GET"

    answer = Api().call(method, name, {} if method == "POST" else None, base="/a/nobodys/widgets/")

    assert (answer.status, answer.code) == (404, "TENANT_NOT_FOUND")


def test_an_address_that_there_is_not_is_answered_as_the_api_does(db):
    answer = Api().call("GET", "nothing", base="/a/default/")

    assert (answer.status, answer.code) == (404, "NOT_FOUND")


@pytest.mark.parametrize("path", DOORS)
def test_a_preflight_is_answered_for_the_listed_sites_and_for_no_other(spring, path):
    allow_shop(spring)

    for origin, allowed in [
        (SHOP, SHOP),
        ("https://evil.example", None),
        ("http://shop.example", None),
        ("https://shop.example.evil.example", None),
        ("null", None),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
    ]:
        answer = Api({"Origin": origin, "Access-Control-Request-Method": "PUT"}).call("OPTIONS", path, base="")

        assert answer.status == 204
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        assert answer.headers.get("Access-Control-Allow-Credentials") == ("true" if allowed else None)
        assert answer.headers["Vary"] == "Origin"
        assert "x-saasquatch-user-token" in answer.headers["Access-Control-Allow-Headers"]


def test_a_refusal_can_be_read_by_the_shops_script_too(spring):
    allow_shop(spring)

    answer = Api({"Origin": SHOP}).put("widget/account/a/user/b/upsert", {"id": "b", "accountId": "a"})

    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == SHOP


def test_no_door_reads_or_sets_a_cookie(api, shown, client):
    for path in DOORS:
        assert client.get(path).cookies == {}


def test_a_widget_is_a_page_of_its_own_that_only_the_listed_sites_may_frame(api, shown, spring, ana):
    allow_shop(spring)
    allow_shop(make_program(), "https://elsewhere.example")
    token = jwt.encode({"user": ANA}, api.secret, algorithm="HS256", headers={"kid": api.key.account_sid})

    answer = Api().call("GET", f"mobilewidget?jwt={token}&locale=en_US", base=SCRIPT)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Share with your friends, Ana" in answer.text
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "http://127.0.0.1:8000"
    assert policy["frame-ancestors"] == f"http://127.0.0.1:8000 {SHOP}"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_of_its_own_shows_a_visitor_nothing_of_anybodys_and_refuses_a_wrong_token(shown):
    assert "Sign in to get your share link." in Api().call("GET", "mobilewidget", base=SCRIPT).text
    assert Api().call("GET", "mobilewidget?jwt=a.b.c", base=SCRIPT).status == 401


@pytest.mark.parametrize(("locale", "language"), [("", "zh-Hans"), ("en_US", "en"), ("zh_CN", "zh-Hans")])
def test_a_page_of_its_own_speaks_the_browsers_language_where_nobody_names_one(client, shown, locale, language):
    answer = client.get(f"{SCRIPT}mobilewidget?locale={locale}", headers={"accept-language": "zh-CN,zh;q=0.9"})

    assert f'<html lang="{language}"' in answer.content.decode()


def test_what_every_browser_has_is_answered_with_nothing_for_ever(client):
    answer = client.get("/a/npm/resize-observer-polyfill@1.5.x")

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Content-Type"] == "text/javascript"
    assert "immutable" in answer["Cache-Control"]


def test_a_share_links_address_is_drawn_to_be_scanned_and_kept_for_ever(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/s/k7m2p9xw4t/qr")

    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content
    assert answer.content != client.get("/s/k7m2p9xw4u/qr").content
    assert "immutable" in answer["Cache-Control"]
