"""Codes and cookies that come with a user, by the API."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from advocate.lib import clock
from programs.models import Referral, Touch
from tests.api.calling import Api, user_path
from tests.factories import (
    make_code,
    make_participant,
    make_pool,
    make_program,
    make_referral,
    make_referral_code,
    make_share_link,
)
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def program(db):
    return make_program(key="47255", main_url="https://shop.example/")


@pytest.fixture
def ada(db):
    return make_participant(account_id="ada", user_id="ada", first_name="Ada", last_name="Byron")


@pytest.fixture
def code(program, ada):
    return make_referral_code(code="ADABYRON", program=program, participant=ada)


def cookie(content, *, padded=False):
    text = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
    return text if padded else text.rstrip("=")


def saasquatch(code="ADABYRON", *, alias="default", expiries=None):
    kept = {"codes": {"47255": code}, "codesExp": expiries or {}}
    return cookie({"refer.example.com": {f"{alias}_CODE": kept, "other": 1}})


def seconds_from_now(seconds):
    return int((clock.now() + timedelta(seconds=seconds)).timestamp())


def came(user_id="cleo"):
    return list(Touch.objects.filter(friend__user_id=user_id).order_by("pk").values_list("text", "door", "outcome"))


def test_a_user_who_comes_with_a_code_is_referred(api, code, ada, program):
    answer = api.upsert("cleo", "cleo", referredByCodes=["adabyron"])

    assert (answer.status, answer.body["referredByCodes"]) == (200, ["ADABYRON"])
    referral = Referral.objects.get()
    assert (referral.referrer, referral.program, referral.source) == (ada, program, "code")
    assert came() == [("adabyron", "upsert", "attributed")]
    assert Touch.objects.get().sent_by == f"API key Shop ({api.key.account_sid})"


def test_creating_a_user_refers_them_too(api, code):
    path = user_path("cleo", "cleo")

    answer = api.post(path, {"id": "cleo", "accountId": "cleo", "referredByCodes": ["ADABYRON"]})

    assert (answer.status, answer.body["referredByCodes"]) == (201, ["ADABYRON"])


def test_the_same_upsert_again_writes_nothing_and_costs_no_more(api, code):
    make_program()
    fields = {"firstName": "Cleo", "referredByCodes": ["ADABYRON"], "cookies": saasquatch()}
    first = api.upsert("cleo", "cleo", **fields)

    with counted_queries("api.upsert with codes again"):
        second = api.upsert("cleo", "cleo", **fields)

    assert second.body == first.body
    assert came() == [("ADABYRON", "upsert", "attributed")]


def test_a_refused_code_again_writes_nothing(api, code):
    make_program()
    fields = {"firstName": "Cleo", "referredByCodes": ["NOBODY"]}
    first = api.upsert("cleo", "cleo", **fields)

    with counted_queries("api.upsert with an unknown code again"):
        second = api.upsert("cleo", "cleo", **fields)

    assert second.body == first.body
    assert came() == [("NOBODY", "upsert", "unknown_code")]


def test_a_cookie_refers_by_its_share_link(api, code):
    api.upsert("cleo", "cleo", cookies=saasquatch(expiries={"ADABYRON": seconds_from_now(3600)}))

    assert Referral.objects.get().source == "link"
    assert came() == [("ADABYRON", "cookie", "attributed")]


def test_the_cookie_that_a_share_link_leaves_is_read(api, code, client, settings):
    link = make_share_link(code=code)
    landing = client.get(f"/s/{link.slug}").headers["Location"]
    left = landing.partition("_saasquatch=")[2].partition("&")[0]

    api.upsert("cleo", "cleo", cookies=left)

    assert came() == [("ADABYRON", "cookie", "attributed")]


def test_codes_that_are_named_count_before_the_cookie(api, code, program):
    make_referral_code(code="BEN", program=program)

    api.upsert("cleo", "cleo", cookies=saasquatch(), referredByCodes=["BEN"])

    assert came() == [("BEN", "upsert", "attributed"), ("ADABYRON", "cookie", "already_referred")]


@pytest.mark.parametrize("factor", [1, 1000])
def test_a_cookie_counts_no_longer_than_it_says_in_seconds_or_milliseconds(api, code, factor):
    api.upsert("cleo", "cleo", cookies=saasquatch(expiries={"ADABYRON": seconds_from_now(-1) * factor}))
    api.upsert("dora", "dora", cookies=saasquatch(expiries={"ADABYRON": seconds_from_now(60) * factor}))

    assert came() == [("ADABYRON", "cookie", "cookie_expired")]
    assert came("dora") == [("ADABYRON", "cookie", "attributed")]


@pytest.mark.parametrize("text", ["{}", "é", "a", "bm8ganNvbg", cookie([1]), "ey" * 2000])
def test_what_is_no_cookie_is_refused(api, code, text):
    answer = api.upsert("cleo", "cleo", cookies=text)

    assert (answer.status, answer.body["rsCode"]) == (400, "RS052")
    assert Referral.objects.count() == 0
    assert not Touch.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"x": 1},
        {"x": {"default_CODE": 7}},
        {"x": {"default_CODE": {"codes": ["ADABYRON"]}}},
        {"x": {"default_CODE": {"codes": {"47255": 7}}}},
        {"x": {"other_CODE": {"codes": {"47255": "ADABYRON"}}}},
    ],
)
def test_a_cookie_without_a_code_of_ours_is_nothing(api, code, content):
    assert api.upsert("cleo", "cleo", cookies=cookie(content)).status == 200

    assert not Touch.objects.exists()


@pytest.mark.parametrize("expiry", [True, "soon", None, 1e300, -5e300, 10**400])
def test_no_expiry_breaks_a_cookie(api, code, expiry):
    assert api.upsert("cleo", "cleo", cookies=saasquatch(expiries={"ADABYRON": expiry})).status == 200


def test_a_cookie_with_half_a_character_breaks_nothing(api, code):
    assert api.upsert("cleo", "cleo", cookies=saasquatch("\ud800\x00")).status == 200

    assert came() == [("?", "cookie", "unknown_code")]


def test_a_cookie_with_padding_is_read(api, code):
    content = {"x": {"default_CODE": {"codes": {"47255": "ADABYRON"}}}}

    api.upsert("cleo", "cleo", cookies=cookie(content, padded=True))

    assert came() == [("ADABYRON", "cookie", "attributed")]


def test_who_is_not_referable_from_the_start_is_not_referred(api, code):
    answer = api.upsert("cleo", "cleo", referable=False, referredByCodes=["ADABYRON"])

    assert (answer.status, answer.body["referredByCodes"]) == (200, [])
    assert came() == [("ADABYRON", "upsert", "not_referable")]


def test_who_becomes_referable_is_referred(api, code):
    api.upsert("cleo", "cleo", referable=False, referredByCodes=["ADABYRON"])

    answer = api.upsert("cleo", "cleo", referable=True, referredByCodes=["ADABYRON"])

    assert answer.body["referredByCodes"] == ["ADABYRON"]


def test_not_being_referable_later_undoes_no_referral(api, code):
    api.upsert("cleo", "cleo", referredByCodes=["ADABYRON"])

    answer = api.upsert("cleo", "cleo", referable=False, referredByCodes=["ADABYRON"])

    assert (answer.body["referable"], answer.body["referredByCodes"]) == (False, ["ADABYRON"])


def test_a_browser_sends_its_cookie_unsigned_but_no_codes(api, code):
    browser = api.with_token({"user": {"id": "cleo", "accountId": "cleo", "firstName": "Cleo"}})

    refused = browser.upsert("cleo", "cleo", referredByCodes=["ADABYRON"])
    accepted = browser.upsert("cleo", "cleo", cookies=saasquatch())

    assert (refused.status, accepted.status) == (403, 200)
    assert came() == [("ADABYRON", "cookie", "attributed")]


def test_the_reply_has_share_links_in_every_live_program(api, program, settings):
    settings.BASE_URL = "https://refer.example.com"

    links = api.upsert("cleo", "cleo", firstName="Cleo").body["programShareLinks"]

    slug = links["47255"]["cleanShareLink"].rpartition("/")[2]
    url = f"https://refer.example.com/s/{slug}"
    assert links == {
        "47255": {
            "cleanShareLink": url,
            "UNKNOWN": {"DIRECT": f"{url}?rsShareMedium=DIRECT"},
            "EMAIL": {"DIRECT": f"{url}?rsShareMedium=DIRECT&rsEngagementMedium=EMAIL"},
            "MOBILE": {"DIRECT": f"{url}?rsShareMedium=DIRECT&rsEngagementMedium=MOBILE"},
        }
    }


def test_an_upsert_gives_a_code_from_before_its_share_link(api, code):
    links = api.upsert("ada", "ada").body["programShareLinks"]

    assert links["47255"]["cleanShareLink"].endswith("/s/" + code.share_links.get().slug)


def apply(api, text, user="cleo", **headers):
    return api.post(f"open/code/{text}/" + user_path(user, user).removeprefix("open/"), {}, **headers)


@pytest.fixture
def cleo(db):
    return make_participant(account_id="cleo", user_id="cleo")


def test_a_typed_code_is_applied(api, code, cleo, ada):
    answer = apply(api, "adabyron")

    assert answer.status == 200
    assert isinstance(answer.body.pop("dateCreated"), int)
    assert answer.body | {"dateCreated": 0} == {
        "code": "ADABYRON",
        "dateCreated": 0,
        "programId": "47255",
        "referrerName": "Ada B",
        "reward": None,
    }
    assert Referral.objects.get().referrer == ada
    assert came() == [("adabyron", "applied", "attributed")]


def test_applying_the_same_code_again_answers_the_same(api, ada, program, cleo):
    make_code("SPRING-1", pool=make_pool(program=program), participant=ada)
    first = apply(api, "SPRING-1")

    assert apply(api, "SPRING-1").body == first.body
    assert apply(api, "SPRING-1", Idempotency_Key="k").body == first.body
    assert Touch.objects.count() == 1


def test_a_code_without_a_body_is_applied_by_a_token_of_the_whole_user(api, code, cleo):
    browser = api.with_token({"user": {"id": "cleo", "accountId": "cleo", "firstName": "Cleo"}})

    answer = browser.post("open/code/ADABYRON/account/cleo/user/cleo")

    assert answer.status == 200
    assert apply(browser, "ADABYRON", user="ada").status == 403


def test_who_was_referred_before_is_told_so(api, code, cleo, program):
    make_referral(program=program, referred=cleo)

    answer = apply(api, "ADABYRON")

    assert (answer.status, answer.code) == (400, "ALREADY_REFERRED")
    assert came() == [("ADABYRON", "applied", "already_referred")]


def test_an_own_code_is_told_so(api, code):
    answer = apply(api, "ADABYRON", user="ada")

    assert (answer.status, answer.code) == (400, "OWN_CODE")


@pytest.mark.parametrize("fields", [{"date_blocked": clock.now()}, {"referable": False}])
def test_who_cannot_be_referred_is_told_so(api, code, fields):
    make_participant(account_id="cleo", user_id="cleo", **fields)

    assert apply(api, "ADABYRON").status == 400


@pytest.mark.parametrize("key", ["", "once"])
def test_every_other_code_is_not_found_and_the_touch_is_kept(api, cleo, key):
    headers = {"Idempotency_Key": key} if key else {}

    answer = apply(api, "NOBODY", **headers)

    assert (answer.status, answer.code) == (404, "REFERRAL_CODE_NOT_FOUND")
    assert came() == [("NOBODY", "applied", "unknown_code")]


def test_a_code_is_applied_to_nobody_unknown(api, code):
    assert apply(api, "ADABYRON", user="nobody").status == 404


@pytest.mark.usefixtures("within_one_minute")
def test_a_browser_that_tries_codes_is_stopped(api, cleo):
    browser = api.with_token({"user": {"id": "cleo", "accountId": "cleo", "firstName": "Cleo"}})

    answers = [apply(browser, f"GUESS{number}").status for number in range(32)]

    assert answers == [404] * 30 + [429] * 2


def share_urls(api, prefix="open/", **query):
    return api.get(user_path("ada", "ada", prefix=prefix) + "/shareurls", **query)


def test_share_links_name_every_medium(api, code, settings):
    settings.BASE_URL = "https://refer.example.com"
    make_share_link(code=code, slug="k7m2")

    links = share_urls(api, programId="47255").body["shareLinks"]

    assert links.keys() == {"cleanShareLink", "UNKNOWN", "EMAIL", "MOBILE", "EMBED", "POPUP", "HOSTED"}
    assert len(links["EMBED"]) == 11
    assert links["cleanShareLink"] == links["UNKNOWN"]["UNKNOWN"] == "https://refer.example.com/s/k7m2"
    assert links["POPUP"]["SMS"] == "https://refer.example.com/s/k7m2?rsShareMedium=SMS&rsEngagementMedium=POPUP"
    assert share_urls(api, prefix="", programId="47255").body["shareLinks"] == links


def test_share_links_of_one_medium_are_those(api, code):
    make_share_link(code=code)

    links = share_urls(api, programId="47255", engagementMedium="EMAIL", shareMedium="FACEBOOK").body["shareLinks"]

    assert {name: list(media) for name, media in links.items() if name != "cleanShareLink"} == {"EMAIL": ["FACEBOOK"]}


@pytest.mark.parametrize(
    ("query", "status", "rs"),
    [
        ({}, 400, None),
        ({"programId": "47255", "engagementMedium": "TELEX"}, 400, "RS037"),
        ({"programId": "47255", "shareMedium": "TELEX"}, 400, None),
        ({"programId": "nowhere"}, 404, None),
    ],
)
def test_share_links_of_nowhere_are_refused(api, code, query, status, rs):
    make_share_link(code=code)

    answer = share_urls(api, **query)

    assert (answer.status, answer.body["rsCode"]) == (status, rs)


def test_a_user_reads_their_own_share_links_only(api, code):
    make_share_link(code=code)
    own = api.with_token({"user": {"id": "ada", "accountId": "ada"}})
    other = api.with_token({"user": {"id": "ben", "accountId": "ben"}})

    assert [share_urls(one, programId="47255").status for one in (own, other, Api())] == [200, 403, 401]


def test_the_flat_form_of_share_links_is_of_another_time(api, code):
    answer = api.get(user_path("ada", "ada", prefix="") + "/sharelinks")

    assert (answer.status, answer.code) == (403, "API_REQUEST_NOT_SUPPORTED")
