from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from programs.models import Participant, Referral, ReferralCode
from programs.operations import launch_program, pause_program
from team.operations import revoke_api_key
from tests.api.calling import Api
from tests.conftest import NOON
from tests.factories import make_participant, make_referral_code, make_share_link
from widget.models import MicrositeSession
from widget.operations import publish
from widget.queries import draft_of

pytestmark = pytest.mark.django_db
HOME = "/m/spring-2026/"
LEO = {"id": "leo", "accountId": "shop-7", "firstName": "Leo", "lastName": "Lin", "email": "leo@example.com"}
NAMED = {"id": "leo", "accountId": "shop-7"}


@pytest.fixture
def site(program, microsite, by):
    launch_program(program=program, by=by, at=NOON)
    publish(display=microsite, seen=draft_of(microsite).revision, by=by, at=NOON)
    return microsite


def token(api, user=LEO, *, secret="", headers=None, **claims):
    claims = {"user": user, "exp": int((timezone.now() + timedelta(minutes=5)).timestamp()), **claims}
    kid = {"kid": api.key.account_sid} if headers is None else headers
    return jwt.encode(claims, secret or api.secret, algorithm="HS256", headers=kid)


def path(text):
    return f"{HOME}in/{text}/"


def nothing_happened():
    return not MicrositeSession.objects.exists() and not Participant.objects.exists()


def test_a_shops_token_registers_and_lets_in_once_the_button_is_pressed(client, site, api):
    address = path(token(api))

    page = client.get(address)
    assert "Continue as Leo Lin" in page.content.decode()
    assert nothing_happened()

    assert client.post(address).url == HOME
    leo = Participant.objects.get()
    assert (leo.account_id, leo.user_id, leo.email, leo.first_name) == ("shop-7", "leo", "leo@example.com", "Leo")
    assert ReferralCode.objects.get(participant=leo).code == "LEOLIN"
    assert "Share with your friends, Leo" in client.get(HOME).content.decode()


def test_a_token_in_the_microsites_address_leads_to_the_button(client, site, api):
    text = token(api)

    answer = client.get(f"{HOME}?userToken={text}&rsCode=ADASHARES")

    assert (answer.status_code, answer.url) == (302, path(text))
    assert client.cookies["microsite-came"].value == "rsCode=ADASHARES"
    assert nothing_happened()


@pytest.mark.parametrize("text", ["made-up", "a%2Fb", "a.b.c", "..", "%0d%0aSet-Cookie:x"])
def test_what_is_no_token_in_the_address_lets_nobody_in(client, site, text):
    answer = client.get(f"{HOME}?userToken={text}", follow=True)

    assert "Send me a code" in answer.content.decode()
    assert nothing_happened()


def test_a_known_participant_is_changed_as_the_shop_says(client, site, api):
    leo = make_participant(account_id="shop-7", user_id="leo", first_name="Leonard", email="old@example.com")

    client.post(path(token(api)))

    leo.refresh_from_db()
    assert (leo.first_name, leo.email) == ("Leo", "leo@example.com")
    assert MicrositeSession.objects.get().participant == leo


def test_the_codes_that_the_shop_signs_and_those_of_the_browser_attribute(client, site, api):
    code = make_referral_code(program=site.program, code="ADASHARES")
    make_share_link(code=code)
    other = Client()

    client.post(path(token(api, {**LEO, "referredByCodes": ["ADASHARES"]})))
    other.get(f"{HOME}?rsCode=ADASHARES")
    other.post(path(token(api, {"id": "mia", "accountId": "shop-8", "firstName": "Mia"})))

    referred = Referral.objects.order_by("pk").values_list("referrer_id", "referred__first_name")
    assert list(referred) == [(code.participant_id, "Leo"), (code.participant_id, "Mia")]


def test_a_token_that_only_names_somebody_lets_in_whom_we_know(client, site, api):
    address = path(token(api, NAMED))
    assert client.post(address).status_code == 400
    assert nothing_happened()
    make_participant(account_id="shop-7", user_id="leo", first_name="Leonard")

    assert "Continue as Leonard" in client.get(address).content.decode()
    assert client.post(address).url == HOME
    assert Participant.objects.get().first_name == "Leonard"
    assert ReferralCode.objects.get().code == "LEONARD"


def test_what_proves_nothing_lets_nobody_in(client, site, api):
    reader = Api.with_key("read")
    tokens = {
        "expired": token(api, exp=int((timezone.now() - timedelta(minutes=2)).timestamp())),
        "of another secret": token(api, secret="somebody else's secret that is long enough"),
        "of a key that may only read": token(reader),
        "unsigned": jwt.encode({"user": LEO}, "", algorithm="none", headers={"kid": api.key.account_sid}),
        "of nobody": token(api, {"firstName": "Leo"}),
        "of two": token(api, sub="c2hvcC03:bGVv@default:users"),
        "of a field that there is not": token(api, {**LEO, "isStaff": True}),
        "of a wrong value": token(api, {**LEO, "email": "nobody"}),
        "of a character that nobody stores": token(api, {**LEO, "firstName": "Le\x00o"}),
        "of half a character": token(api, {**LEO, "firstName": "Le\ud800o"}),
        "of a wrong cookie": token(api, {**LEO, "cookies": "!!"}),
        "of another tenant": token(api, None, sub="c2hvcC03:bGVv@other:users"),
        "too long": token(api, {**LEO, "lastName": "x" * 20_000}),
    }
    for name, text in tokens.items():
        for answer in (client.get(path(text)), client.post(path(text))):
            assert answer.status_code == 400, name
            assert "This link does not work, or no longer." in answer.content.decode(), name
    assert nothing_happened()


def test_a_key_that_was_revoked_signs_nothing(client, site, api, by):
    address = path(token(api))
    revoke_api_key(key=api.key, by=by, at=NOON)

    assert client.post(address).status_code == 400
    assert nothing_happened()


def test_while_the_program_is_not_live_a_token_changes_nothing(client, site, program, api, by):
    pause_program(program=program, by=by, at=NOON)

    assert "not open at the moment" in client.post(path(token(api))).content.decode()
    assert nothing_happened()


def test_an_address_that_tries_too_often_is_told_to_wait(client, site, api, settings):
    settings.API_OPEN_CALLS_PER_MINUTE = 0

    answer = client.post(path(token(api)))

    assert answer.status_code == 429
    assert "Too many" in answer.content.decode()
    assert nothing_happened()


def test_a_blocked_participant_comes_in_only_to_be_told_so(client, site, api):
    make_participant(account_id="shop-7", user_id="leo", date_blocked=NOON, block_reason="Fraud, we think")

    client.post(path(token(api)))

    page = client.get(HOME).content.decode()
    assert "Your participation is paused" in page
    assert "Share with your friends" not in page
