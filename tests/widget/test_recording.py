from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from django.test import Client
from django.utils import timezone

from programs.models import Participant
from promocodes.models import PromoCode
from team.models import ApiKey
from tests.api.calling import Api, user_path
from tests.conftest import NOON
from tests.factories import make_participant
from tests.widget.calling import ANA, data, ident_in
from widget.counts import DailyCount
from widget.microsite.proofs import link_token
from widget.models import Display
from widget.operations import publish
from widget.queries import draft_of
from widget.recording import recording_token

pytestmark = pytest.mark.django_db
COPIED = "mutation ($code: String!) { markReferralCodeCopied(referralCode: $code) { referralCode { code } } }"
SHARED = "mutation ($event: UserAnalyticsEvent!) { createUserAnalyticsEvent(eventMeta: $event) }"
EVENT = {
    **ANA,
    "programId": "spring",
    "type": "USER_REFERRAL_PROGRAM_ENGAGEMENT_EVENT",
    "meta": {"engagementMedium": "HOSTED", "shareMedium": "DIRECT"},
}


def shower_of(token) -> Api:
    return Api({"Authorization": f"Bearer {token}"})


def copied() -> list[str]:
    return list(PromoCode.objects.filter(copied_at__isnull=False).values_list("code", flat=True))


def forged(secret, **changed) -> str:
    claims = {"user": ANA, "exp": int((timezone.now() + timedelta(hours=1)).timestamp()), **changed}
    return jwt.encode(claims, secret, algorithm="HS256", headers={"kid": "recording"})


def test_a_microsite_records_a_copy_without_any_api_key(shown, ana, five, by):
    microsite = Display.objects.select_related("program").get(program=shown.program, kind="microsite")
    publish(display=microsite, seen=draft_of(microsite).revision, by=by, at=NOON)
    visitor = Client()
    visitor.post(f"/m/spring/in/{link_token(display=microsite, participant=ana, at=timezone.now())}/")
    assert ApiKey.objects.count() == 0

    ident = ident_in(visitor.get("/m/spring/").content.decode())
    page = shower_of(ident["token"])

    assert (ident["tenantAlias"], ident["programId"], ident["userId"]) == ("default", "spring", "ana@example.com")
    assert data(page, COPIED, code="ANA-2") == {"markReferralCodeCopied": {"referralCode": {"code": "ANA-2"}}}
    assert data(page, SHARED, event=EVENT) == {"createUserAnalyticsEvent": True}
    assert copied() == ["ANA-2"]
    assert DailyCount.objects.values_list("program__key", "kind", "medium", "count").get() == (
        "spring",
        "shared",
        "DIRECT",
        1,
    )


def test_the_token_of_a_microsite_opens_no_other_call_and_changes_nobody(ana, five):
    make_participant(account_id="other", user_id="bob@example.com")
    page = shower_of(recording_token(ana, at=timezone.now()))

    assert page.get(user_path("acme", "ana@example.com")).status == 401
    assert page.upsert("acme", "ana@example.com", firstName="Eve").status == 401
    upsert = "widget/account/acme/user/ana%40example.com/upsert"
    assert page.put(upsert, {**ANA, "firstName": "Eve"}).status == 401
    assert Participant.objects.get(pk=ana.pk).first_name == "Ana"


def test_a_token_of_a_microsite_ends_after_twelve_hours(ana, five):
    page = shower_of(recording_token(ana, at=timezone.now() - timedelta(hours=12, minutes=2)))

    assert page.post("graphql", {"query": "{ viewer { locale } }"}).status == 401
    assert copied() == []


@pytest.mark.parametrize(
    "token",
    [
        forged("another secret that is long enough to sign with"),
        forged("the account SID of a key, as if it were one", exp=1),
        jwt.encode({"user": ANA}, "", algorithm="none", headers={"kid": "recording"}),
        "a.b.c",
    ],
)
def test_a_token_that_nobody_of_ours_signed_is_refused(ana, five, token):
    assert shower_of(token).post("graphql", {"query": "{ viewer { locale } }"}).status == 401
    assert copied() == []


def test_a_token_does_not_open_another_tenant(ana, five):
    page = shower_of(recording_token(ana, at=timezone.now()))

    answer = page.call("POST", "graphql", {"query": "{ viewer { locale } }"}, base="/api/v1/nobodys/")

    assert (answer.status, answer.code) == (404, "TENANT_NOT_FOUND")


def test_a_token_signed_before_the_secret_was_changed_still_works(ana, five, settings):
    token = recording_token(ana, at=timezone.now())
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "a new secret, which is long enough to sign with"

    data(shower_of(token), COPIED, code="ANA-1")

    assert copied() == ["ANA-1"]


def test_a_token_calls_no_oftener_than_anybody(ana, five, settings):
    settings.API_OPEN_CALLS_PER_MINUTE = 0

    answer = shower_of(recording_token(ana, at=timezone.now())).post("graphql", {"query": "{ viewer { locale } }"})

    assert answer.status == 429
