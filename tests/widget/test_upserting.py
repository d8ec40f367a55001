from __future__ import annotations

import base64
import json

import jwt
import pytest

from programs.models import Participant, Program, Referral, Touch
from promocodes.models import PromoCode
from team.audit import SYSTEM
from team.operations import create_api_key
from tests.api.calling import Api, basic
from tests.factories import make_participant, make_referral_code, make_reward, stock_pool
from tests.query_counts import counted_queries
from tests.widget.calling import ANA, ident_in, upsert
from widget.models import Display, DisplayVersion

pytestmark = pytest.mark.django_db
FULL = {**ANA, "firstName": "Ana", "email": "ana@example.com", "locale": "en_US"}


def cookie(**codes):
    content = {"127.0.0.1:8000": {"default_CODE": {"codes": codes, "codesExp": {}}}}
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_a_signed_user_is_registered_and_gets_their_widget(api, shown):
    answer = upsert(api.with_token({"user": FULL}), FULL, widgetType="p/spring/w/referrerWidget")

    assert answer.status == 200
    assert answer.body.keys() == {"user", "template", "jsOptions"}
    assert answer.body["user"]["referralCodes"].keys() == {"spring"}
    assert answer.body["template"].startswith("<!DOCTYPE html>")
    assert "Share with your friends, Ana" in answer.body["template"]
    assert answer.body["jsOptions"] == {
        "widget": {"defaultWidgetType": "p/spring/w/referrerWidget"},
        "widgetUrlMappings": [],
        "fuelTankAutofillUrls": [],
    }
    assert Participant.objects.get().email == "ana@example.com"


def test_the_widget_acts_with_the_token_it_was_asked_for_with(api, shown):
    caller = api.with_token({"user": FULL})

    ident = ident_in(upsert(caller, FULL).body["template"])

    assert ident["token"] == caller.headers["X-SaaSquatch-User-Token"]
    assert (ident["accountId"], ident["userId"], ident["programId"]) == ("acme", "ana@example.com", "spring")
    assert ident["engagementMedium"] == "EMBED"


def test_a_server_that_renders_with_its_key_hands_a_token_to_the_page_and_not_the_key(api, shown):
    template = upsert(api, FULL).body["template"]

    claims = jwt.decode(ident_in(template)["token"], api.secret, algorithms=["HS256"])
    assert claims["user"] == ANA
    assert claims.keys() == {"user", "exp"}
    assert api.secret not in template


def test_a_load_attributes_by_the_cookie_of_the_browser_as_the_api_does(api, shown, spring):
    bob = make_participant(user_id="bob")
    make_referral_code(code="BOB1", participant=bob, program=spring)
    body = {**FULL, "cookies": cookie(spring="BOB1")}

    user = upsert(api.with_token({"user": FULL}), body).body["user"]
    again = upsert(api.with_token({"user": FULL}), body).body["user"]

    referral = Referral.objects.get()
    assert (referral.referrer, referral.referred.user_id) == (bob, "ana@example.com")
    assert user["referredBy"] == again["referredBy"] == {"code": "BOB1"}
    assert Touch.objects.count() == 1


def test_what_the_shop_has_not_signed_is_refused_and_registers_nobody(api, shown):
    answer = upsert(api.with_token({"user": FULL}), {**FULL, "firstName": "Eve"})

    assert (answer.status, answer.code) == (403, "FORBIDDEN")
    assert not Participant.objects.exists()


def test_a_token_that_only_names_a_user_shows_them_and_changes_nothing(api, shown, ana):
    answer = upsert(api.with_token({"user": ANA}), {**ANA, "firstName": "Eve"})

    assert answer.status == 200
    assert "Share with your friends, Ana" in answer.body["template"]
    ana.refresh_from_db()
    assert ana.first_name == "Ana"


def test_a_token_that_names_somebody_unknown_registers_nobody(api, shown):
    answer = upsert(api.with_token({"user": ANA}), ANA)

    assert (answer.status, answer.body["rsCode"]) == (404, "RS042")
    assert not Participant.objects.exists()


def test_a_token_of_a_key_that_may_only_read_registers_nobody(shown):
    answer = upsert(Api.with_key("read").with_token({"user": FULL}), FULL)

    assert answer.status == 403
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    ("claims", "user", "status"),
    [
        ({"user": {**FULL, "id": "bob"}}, FULL, 403),
        ({"user": FULL, "exp": 1}, FULL, 401),
        ({}, FULL, 401),
        (None, FULL, 401),
    ],
    ids=["somebody else's", "expired", "nobody's", "none"],
)
def test_a_wrong_token_opens_nothing(api, shown, claims, user, status):
    caller = Api() if claims is None else api.with_token(claims)

    assert upsert(caller, user).status == status
    assert not Participant.objects.exists()


@pytest.mark.parametrize(
    ("query", "rs"),
    [
        ({"widgetType": "invalid"}, "RS036"),
        ({"widgetType": "p/autumn/w/referrerWidget"}, "RS036"),
        ({"widgetType": "p/spring/w/microsite"}, "RS036"),
        ({"engagementMedium": "BILLBOARD"}, "RS037"),
        ({"locale": "???"}, "RS039"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_there_is_not_is_refused_with_its_code(api, shown, query, rs):
    answer = upsert(api, FULL, **query)

    assert (answer.status, answer.body["rsCode"]) == (400, rs)


@pytest.mark.parametrize("widget_type", ["", "w/referrerWidget", "REFERRER_WIDGET", "p/spring/w/referrerWidget"])
def test_a_widget_is_found_by_each_of_its_names(api, shown, widget_type):
    options = upsert(api, FULL, widgetType=widget_type).body["jsOptions"]

    assert options["widget"]["defaultWidgetType"] == "p/spring/w/referrerWidget"


def test_the_widget_of_a_program_that_is_not_live_is_not_shown(api, shown):
    Program.objects.update(status="paused")

    assert upsert(api, FULL).body["rsCode"] == "RS036"


def test_ids_that_the_page_forgot_are_refused(api, shown):
    answer = upsert(api, {"accountId": "acme"})

    assert answer.status == 400
    assert not Participant.objects.exists()


def test_the_page_may_choose_the_language_and_else_the_participant_does(api, shown):
    chinese = {**FULL, "locale": "zh_CN"}

    assert 'lang="zh-Hans"' in upsert(api, chinese).body["template"]
    assert 'lang="en"' in upsert(api, chinese, locale="en_US").body["template"]
    assert 'lang="zh-Hans"' in upsert(api, FULL, locale="zh_CN").body["template"]


def test_a_widget_with_promo_codes_shows_those_that_the_load_itself_assigned(api, shown, spring, pool):
    stock_pool(pool, *[f"FRESH-{number}" for number in range(9)])
    components = [{"id": "a", "type": "promo_codes", "texts": {}, "settings": {}}]
    DisplayVersion.objects.filter(is_current=True).update(components=components)

    template = upsert(api.with_token({"user": FULL}), FULL).body["template"]

    given = list(PromoCode.objects.filter(participant__isnull=False).order_by("pk").values_list("code", flat=True))
    assert len(given) == 5
    assert [code for code in given if f'data-code="{code}"' in template] == given
    assert "1 of 5" in template


def test_a_load_of_somebody_known_makes_few_queries(api, shown, ana, spring, five):
    components: list[dict[str, object]] = [
        {"id": key, "type": key, "texts": {}, "settings": {}}
        for key in ("hero", "promo_codes", "share_link", "statistics", "rewards", "referrals")
    ]
    DisplayVersion.objects.filter(is_current=True).update(components=components)
    make_reward(participant=ana)
    Referral.objects.create(program=spring, referrer=ana, referred=make_participant())
    caller = api.with_token({"user": FULL})
    upsert(caller, FULL)

    with counted_queries("widget.load"):
        assert upsert(caller, FULL).status == 200


def test_a_key_of_another_scope_or_a_revoked_one_opens_nothing(shown):
    made = create_api_key(name="Reader", scope="read", by=SYSTEM, at=Display.objects.first().created_at)

    assert upsert(Api({"Authorization": basic("", made.secret)}), FULL).status == 403
    assert upsert(Api({"Authorization": basic("", "wrong")}), FULL).status == 401
