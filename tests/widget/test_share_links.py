from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.db import OperationalError
from hypothesis import given
from hypothesis import strategies as st

from advocate.lib import clock
from programs.models import Participant, Program, ReferralCode, ShareLink
from team.models import Company
from tests.conftest import NOON
from tests.factories import make_participant, make_program, make_referral_code, make_share_link
from tests.query_counts import counted_queries
from widget import views
from widget.landing import Origin, landing_url

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
HOSTILE = ["//evil.example", "https:evil.example", "\\\\evil.example", "%0d%0aLocation:x", "javascript:alert(1)"]


@pytest.fixture
def link():
    program = make_program(key="spring", main_url="https://shop.example/spring", fallback_url="https://shop.example/")
    return make_share_link(slug="k7m2p9xw4t", code=make_referral_code(code="ANA", program=program))


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr(views, "now", lambda: NOON)


def visit(client, path="/s/k7m2p9xw4t", *, agent=PHONE, method="get", **headers):
    return getattr(client, method)(path, headers={"user-agent": agent, **headers})


def target(answer):
    assert answer.status_code == 302
    parts = urlsplit(answer.url)
    return parts._replace(query="").geturl(), parse_qs(parts.query)


def clicks():
    return ShareLink.objects.get().clicks


def decoded(cookie):
    return json.loads(base64.urlsafe_b64decode(cookie + "=" * (-len(cookie) % 4)))


def test_a_click_leads_to_the_landing_page_with_the_code(client, link):
    Company.objects.update_or_create(pk=1, defaults={"tenant_alias": "acme"})
    Program.objects.update(cookie_days=30)

    page, query = target(visit(client))

    assert page == "https://shop.example/spring"
    cookie = query.pop("_saasquatch")
    assert query == {
        "utm_source": ["invite"],
        "utm_medium": ["link"],
        "utm_campaign": ["saasquatch"],
        "rsCode": ["ANA"],
        "rsShareMedium": ["UNKNOWN"],
        "rsEngagementMedium": ["UNKNOWN"],
    }
    expiry = int((NOON + timedelta(days=30)).timestamp())
    codes = {"codes": {"spring": "ANA"}, "codesExp": {"ANA": expiry}}
    assert decoded(cookie[0]) == {"127.0.0.1:8000": {"acme_CODE": codes}}
    link.refresh_from_db()
    assert (link.clicks, link.clicked_at) == (1, NOON)


def test_without_an_expiry_the_cookie_names_none(client, link):
    _, query = target(visit(client))

    assert decoded(query["_saasquatch"][0])["127.0.0.1:8000"]["default_CODE"]["codesExp"] == {}


def test_the_address_works_in_capitals_too(client, link):
    assert visit(client, "/s/K7M2P9XW4T").status_code == 302


def test_nobody_is_logged_in_and_nothing_is_cached(client, link):
    answer = visit(client)

    assert answer.cookies == {}
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.content == b""


def test_a_click_makes_few_queries(client, link):
    with counted_queries("widget.share link"):
        visit(client)


def test_campaign_and_medium_go_along_and_nothing_else(client, link):
    asked = "utm_source=newsletter&utm_x=1&rsShareMedium=FACEBOOK&rsEngagementMedium=EMBED"

    _, query = target(visit(client, f"/s/k7m2p9xw4t?{asked}&next=/x&rsCode=EVIL&_saasquatch=e"))

    assert (query["utm_source"], query["utm_x"], query["utm_medium"]) == (["newsletter"], ["1"], ["link"])
    assert (query["rsShareMedium"], query["rsEngagementMedium"]) == (["FACEBOOK"], ["EMBED"])
    assert query["rsCode"] == ["ANA"]
    assert "next" not in query
    assert len(query["_saasquatch"]) == 1


def test_a_medium_that_there_is_not_is_unknown(client, link):
    _, query = target(visit(client, "/s/k7m2p9xw4t?rsShareMedium=<script>&rsEngagementMedium=x"))

    assert (query["rsShareMedium"], query["rsEngagementMedium"]) == (["UNKNOWN"], ["UNKNOWN"])


def test_long_and_many_parameters_are_cut(client, link):
    asked = "&".join([*(f"utm_{n}={'x' * 500}" for n in range(30)), f"utm_{'n' * 100}=1"])

    _, query = target(visit(client, f"/s/k7m2p9xw4t?{asked}"))

    own = [name for name in query if name not in {"utm_source", "utm_medium", "utm_campaign"} and name[:4] == "utm_"]
    assert len(own) == 10
    assert {len(query[name][0]) for name in own} == {200}


def test_the_landing_pages_own_parameters_stay_as_they_are_written(client, link):
    Program.objects.update(main_url="https://shop.example/a?b=%2F&c&utm_source=own&rsCode=old#top")

    url = visit(client).url

    assert url.startswith("https://shop.example/a?b=%2F&c&utm_source=own&utm_medium=link&")
    assert url.count("rsCode=") == 1
    assert "rsCode=ANA" in url
    assert url.endswith("#top")


@pytest.mark.parametrize("status", ["draft", "paused"])
def test_while_the_program_is_not_live_the_fallback_is_shown_without_a_code(client, link, status):
    Program.objects.update(status=status)

    page, query = target(visit(client, "/s/k7m2p9xw4t?utm_source=x"))

    assert page == "https://shop.example/"
    assert query == {"utm_source": ["x"], "utm_medium": ["link"], "utm_campaign": ["saasquatch"]}
    assert clicks() == 1


def test_without_a_fallback_it_is_the_landing_page(client, link):
    Program.objects.update(status="paused", fallback_url="")

    page, query = target(visit(client))

    assert page == "https://shop.example/spring"
    assert "rsCode" not in query


def test_a_disabled_code_leads_on_and_names_nobody(client, link):
    ReferralCode.objects.update(is_primary=False, disabled_at=NOON)

    page, query = target(visit(client))

    assert page == "https://shop.example/spring"
    assert query.keys() == {"utm_source", "utm_medium", "utm_campaign"}


def test_the_link_of_a_blocked_advocate_leads_on_and_names_nobody(client, link):
    Participant.objects.update(date_blocked=NOON)

    page, query = target(visit(client))

    assert page == "https://shop.example/spring"
    assert query.keys() == {"utm_source", "utm_medium", "utm_campaign"}


def test_a_retired_link_goes_on_working(client, link):
    ShareLink.objects.update(retired_at=NOON)

    assert target(visit(client))[1]["rsCode"] == ["ANA"]
    assert clicks() == 1


@pytest.mark.parametrize("page", ["", "ftp://shop.example/", "javascript:alert(1)", "//evil.example", "/admin/"])
def test_where_the_program_has_no_page_the_link_leads_nowhere(client, link, page):
    Program.objects.update(status="draft", main_url=page, fallback_url="")

    assert visit(client).status_code == 404
    assert clicks() == 0


@pytest.mark.parametrize("slug", ["nope", "k7m2p9xw4", "%00", "k7m2p9xw4t%00", "%ff", "x" * 5000, *map(quote, HOSTILE)])
def test_a_link_that_there_is_not_is_not_found(client, link, slug):
    assert visit(client, f"/s/{slug}").status_code == 404
    assert clicks() == 0


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", ["next", "url", "utm_source", "rsShareMedium", "rsLandingPage"])
def test_no_parameter_leads_anywhere_else(client, link, name, hostile):
    page, _ = target(visit(client, f"/s/k7m2p9xw4t?{name}={quote(hostile)}"))

    assert page == "https://shop.example/spring"


@given(query=st.dictionaries(st.text(max_size=20).map(lambda name: "utm_" + name), st.text(max_size=300), max_size=15))
def test_whatever_a_campaign_is_called_the_page_stays_the_programs(query):
    program = Program(key="spring", status="live", main_url="https://shop.example/spring?a=1#top")
    code = ReferralCode(code="ANA", program=program, participant=Participant())

    url = landing_url(ShareLink(code=code), query=query, origin=Origin("refer.example", "acme"), at=NOON)

    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path, parts.fragment) == ("https", "shop.example", "/spring", "top")
    assert url.isascii()
    assert parse_qs(parts.query)["rsCode"] == ["ANA"]


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "WhatsApp/2.23.20.0",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Twitterbot/1.0",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "Mozilla/5.0 SkypeUriPreview Preview/0.5",
        "Mozilla/5.0 (compatible; YandexBot/3.0)",
        "curl/8.5.0",
        "python-requests/2.32",
    ],
)
def test_who_only_looks_at_what_is_behind_a_link_is_led_on_and_not_counted(client, link, agent):
    assert target(visit(client, agent=agent))[1]["rsCode"] == ["ANA"]
    assert clicks() == 0


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (Linux; Android 12; CUBOT X30) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Mobile/15E148 Instagram 340.0",
        "Mozilla/5.0 (Linux; Android 14) Chrome/124.0 Mobile Safari/537.36 MicroMessenger/8.0 XWEB",
    ],
)
def test_people_are_counted(client, link, agent):
    visit(client, agent=agent)

    assert clicks() == 1


@pytest.mark.parametrize(
    ("name", "value"), [("Purpose", "prefetch"), ("Sec-Purpose", "prefetch;prerender"), ("X-Moz", "prefetch")]
)
def test_a_browser_that_reads_ahead_is_not_counted(client, link, name, value):
    assert visit(client, **{name: value}).status_code == 302
    assert clicks() == 0


def test_a_head_is_answered_and_not_counted(client, link):
    assert visit(client, method="head").status_code == 302
    assert clicks() == 0


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_else_can_be_done_with_a_link(client, link, method):
    assert visit(client, method=method).status_code == 405
    assert clicks() == 0


def test_a_count_that_fails_keeps_nobody_from_the_page(client, link, monkeypatch, caplog):
    def busy(**_what):
        raise OperationalError("database is locked")

    monkeypatch.setattr(views, "count_click", busy)

    assert target(visit(client))[0] == "https://shop.example/spring"
    assert "share_link.click_not_counted" in caplog.text


def test_the_click_is_counted_after_the_answer(rf, link, monkeypatch):
    counted = []
    monkeypatch.setattr(views, "count_click", lambda **what: counted.append(what))
    monkeypatch.setattr("django.http.HttpResponse.close", lambda _answer: None)
    answer = views.share_link_view(rf.get("/s/k7m2p9xw4t", headers={"user-agent": PHONE}), "k7m2p9xw4t")
    assert counted == []

    answer.close()

    assert counted == [{"link": link, "at": NOON}]


def test_others_links_are_not_counted(client, link):
    other = make_share_link(code=make_referral_code(participant=make_participant()))

    visit(client)

    other.refresh_from_db()
    assert other.clicks == 0
