"""Where share buttons of a shop's own pages lead."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.calling import Answer, Api
from tests.conftest import NOON
from tests.factories import make_referral_code, make_share_link
from tests.widget.calling import ANA, data
from widget.models import DisplayVersion

pytestmark = pytest.mark.django_db

BASE = "/a/default/"
IDS = {"userId": ANA["id"], "accountId": ANA["accountId"]}
LINK = "http://127.0.0.1:8000/s/k7m2p9xw4t"


@pytest.fixture
def link(ana, spring):
    code = make_referral_code(code="ANA", participant=ana, program=spring)
    return make_share_link(slug="k7m2p9xw4t", code=code, clicks=7, clicked_at=NOON)


def go(medium: str, **query: str) -> Answer:
    return Api().call("GET", f"message/redirect/{medium}?" + "&".join(f"{k}={v}" for k, v in query.items()), base=BASE)


def test_a_button_leads_to_its_medium_with_the_message_of_the_programs_widget(shown, link):
    part = {"id": "c1", "type": "share_link", "settings": {}}
    texts = {"en": {"share_message": "Look: {link}", "share_subject": "Hi & bye"}}
    DisplayVersion.objects.filter(display=shown).update(components=[{**part, "texts": texts}])

    whatsapp = urlsplit(go("WHATSAPP", **IDS, programId="spring", engagementMedium="EMBED").headers["Location"])
    mail = urlsplit(go("EMAIL", **IDS).headers["Location"])

    message = f"Look: {LINK}?rsShareMedium=WHATSAPP&rsEngagementMedium=EMBED"
    assert (whatsapp.scheme, whatsapp.netloc, parse_qs(whatsapp.query)) == ("https", "wa.me", {"text": [message]})
    assert (mail.scheme, parse_qs(mail.query)) == (
        "mailto",
        {"subject": ["Hi & bye"], "body": [f"Look: {LINK}?rsShareMedium=EMAIL"]},
    )


def test_the_message_is_in_the_advocates_language(shown, link, ana):
    ana.locale = "zh_CN"
    ana.save(update_fields=["locale"])

    assert "我想您会喜欢" in parse_qs(urlsplit(go("SMS", **IDS).headers["Location"]).query)["body"][0]


@pytest.mark.parametrize(
    "medium", ["EMAIL", "WHATSAPP", "FACEBOOK", "TWITTER", "SMS", "FBMESSENGER", "DIRECT", "PINTEREST"]
)
def test_a_button_and_the_message_link_of_graphql_lead_to_the_same_address(api, shown, link, medium):
    hers = api.with_token({"user": ANA})
    query = """
      query ($medium: ReferralShareMedium!) {
        viewer { ... on User { messageLink(programId: "spring", shareMedium: $medium, engagementMedium: POPUP) } }
      }
    """

    answer = go(medium, **IDS, programId="spring", engagementMedium="POPUP")

    assert answer.status == 302
    assert answer.headers["Location"] == data(hers, query, medium=medium)["viewer"]["messageLink"]


def test_whatever_the_address_says_the_link_leads_to_the_programs_own_pages(shown, link):
    away = go("FACEBOOK", **IDS, rsLandingPage="https://evil.example/", engagementMedium="https://evil.example/")

    assert "evil" not in away.headers["Location"]
    assert parse_qs(urlsplit(away.headers["Location"]).query) == {"u": [f"{LINK}?rsShareMedium=FACEBOOK"]}


@pytest.mark.parametrize("medium", ["REMINDER", "facebook", "https:", "MYSPACE"])
def test_a_medium_that_there_is_not_leads_nowhere(shown, link, medium):
    assert (go(medium, **IDS).status, go(medium, **IDS).code) == (404, "NOT_FOUND")


def test_nobody_is_found_by_trying(shown, link, settings, time_machine):
    time_machine.move_to(NOON, tick=False)

    assert go("EMAIL", userId="nobody", accountId="acme").status == 404
    assert go("EMAIL", **IDS, programId="other").status == 404
    statuses = [go("EMAIL", userId=f"user-{number}", accountId="acme").status for number in range(30)]

    assert statuses.count(404) == 28
    assert statuses[-1] == 429
    assert go("EMAIL", **IDS).status == 429
