"""The feed of referrals and a referral's page: who came through whom, how, and what it gave."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from advocate.lib.clock import now
from programs.operations import index_participants
from tests.conftest import NOON
from tests.factories import (
    make_conversion,
    make_participant,
    make_program,
    make_referral,
    make_reward,
    make_touch,
    make_unit,
)
from tests.query_counts import counted_queries
from tests.rewards.pages import text_of

pytestmark = pytest.mark.django_db

FEED = reverse("admin:programs_referral_changelist")
DAY = timedelta(days=1)


@pytest.fixture
def people():
    """Return a friend and an advocate whom a search finds."""
    friend = make_participant(first_name="Ben", last_name="Okafor", email="ben@example.com")
    advocate = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    index_participants(participants=[friend, advocate])
    return friend, advocate


@pytest.fixture
def referral(people):
    friend, advocate = people
    return make_referral(
        program=make_program(name="Spring"), referred=friend, referrer=advocate, source="promo_code", code_used="ANA-1"
    )


def page_of(referral):
    return reverse("admin:programs_referral_change", args=[referral.pk])


def friends_in(page):
    return [str(shown.referred.first_name) for shown in page.context["cl"].result_list]


def test_the_feed_tells_who_came_through_whom_how_and_what_it_gave(desk, referral):
    friend, advocate = referral.referred, referral.referrer
    make_reward(participant=advocate, referral=referral, amount=2000)
    make_reward(participant=friend, referral=referral, amount=1000)
    make_reward(participant=friend, referral=referral, amount=9900, status="CANCELLED")
    for _number in range(3):
        make_reward(referral=make_referral(), unit=make_unit("POINT"))

    with counted_queries("referrals.feed"):
        content = text_of(desk.get(FEED))

    assert f'<a href="/admin/programs/participant/{friend.pk}/change/">Ben Okafor</a>' in content
    assert f'<a href="/admin/programs/participant/{advocate.pk}/change/">Ana García</a>' in content
    for shown in ("Spring", "Promo code", "ANA-1", "Not converted", "$30.00", "2 rewards", "14 Mar 2026"):
        assert shown in content
    assert "$129.00" not in content


def test_percentages_are_counted_and_not_added_up(desk, referral):
    for amount in (10, 15):
        make_reward(referral=referral, type="PCT_DISCOUNT", unit=None, amount=amount)

    content = text_of(desk.get(FEED))

    assert "2 rewards" in content
    assert "25%" not in content


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"status": "converted"}, ["Cleo"]),
        ({"status": "not-converted"}, ["Dan", "Ben"]),
        ({"status": "nonsense"}, ["Dan", "Cleo", "Ben"]),
        ({"program": "{spring}"}, ["Ben"]),
        ({"program": "999999"}, ["Dan", "Cleo", "Ben"]),
        ({"source__exact": "manual"}, ["Dan"]),
        ({"started": "7-days"}, ["Dan"]),
        ({"started": "30-days"}, ["Dan", "Cleo"]),
        ({"converted": "30-days"}, ["Cleo"]),
        ({"converted": "today"}, []),
        ({"q": "okaf"}, ["Ben"]),
        ({"q": "ana garc"}, ["Ben"]),
        ({"q": "nobody"}, []),
        ({"q": "okaf", "status": "converted"}, []),
    ],
)
def test_the_feed_is_narrowed_and_searched(desk, referral, asked, found):
    at = now()
    make_referral(
        referred=make_participant(first_name="Cleo"), date_started=at - 20 * DAY, date_converted=at - 10 * DAY
    )
    make_referral(referred=make_participant(first_name="Dan"), source="manual", date_started=at - 2 * DAY)
    asked = {name: value.format(spring=referral.program_id) for name, value in asked.items()}

    assert friends_in(desk.get(FEED, asked)) == found


def test_a_search_that_finds_too_many_shows_the_newest_and_says_so(desk, referral, monkeypatch):
    monkeypatch.setattr("programs.feeds.MOST_FOUND", 1)
    make_referral(referrer=referral.referrer, referred=make_participant(first_name="Cleo"))

    page = desk.get(FEED, {"q": "ana"})

    assert friends_in(page) == ["Cleo"]
    assert "These are the newest" in text_of(page)


def test_last_month_ends_where_this_month_begins(desk):
    this_month = now().replace(day=1, hour=12)
    make_referral(referred=make_participant(first_name="Now"), date_started=this_month)
    make_referral(referred=make_participant(first_name="Before"), date_started=this_month - DAY)

    assert friends_in(desk.get(FEED, {"started": "last-month"})) == ["Before"]
    assert friends_in(desk.get(FEED, {"started": "this-month"})) == ["Now"]


def test_an_empty_feed_says_what_belongs_there(desk):
    assert "No referrals yet" in text_of(desk.get(FEED))


def test_a_referrals_page_tells_its_touches_its_orders_and_its_rewards(desk, referral):
    friend, advocate = referral.referred, referral.referrer
    common = {"friend": friend, "program": referral.program, "advocate": advocate, "referral": referral}
    make_touch(text="ana-1", outcome="attributed", sent_by="Shop", at=NOON, **common)
    order = make_conversion(
        order_id="A-77",
        status="attributed",
        outcome="same_again",
        worked_at=NOON,
        amount=12345,
        currency="EUR",
        exponent=2,
        **common,
    )
    make_touch(text="ana-1", door="conversion", outcome="same_again", conversion=order, at=NOON + DAY, **common)
    reward = make_reward(participant=advocate, referral=referral, name="Thank you")

    with counted_queries("referrals.page"):
        content = text_of(desk.get(page_of(referral)))

    for shown in ("Ben Okafor, referred by Ana García", "Registration", "Same advocate again", "€123.45"):
        assert shown in content
    assert f'href="{reverse("admin:programs_conversion_change", args=[order.pk])}"' in content
    assert f'href="{reverse("admin:rewards_reward_change", args=[reward.pk])}"' in content
    assert content.index("Registration") < content.index("Order A-77")
    assert "How it came about" in content
    assert "came with the promo code" in content
    assert "So <a" in content
    assert "Nothing changed." in content


def test_a_referrals_page_takes_no_changes(desk, referral):
    assert desk.post(page_of(referral), {"code_used": "OTHER"}).status_code == 405

    referral.refresh_from_db()
    assert referral.code_used == "ANA-1"
