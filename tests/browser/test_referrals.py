"""A colleague follows a friend to the referral, to the advocate and to the reward, and adds a referrer by hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from programs.models import Referral, Touch
from programs.operations import index_participants
from rewards.attribution import SentCode, attribute
from tests.browser.visits import LOOKS
from tests.conftest import NOON
from tests.factories import make_conversion, make_participant, make_program, make_referral_code, make_reward


@pytest.fixture
def story(member):
    """Return a friend who came with an advocate's code, ordered and brought a reward; and a stranger."""
    ana = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    ben = make_participant(first_name="Ben", last_name="Okafor", email="ben@example.com")
    zoe = make_participant(first_name="Zoe", last_name="Lindqvist", email="zoe@example.com")
    index_participants(participants=[ana, ben, zoe])
    spring = make_program(name="Spring")
    make_referral_code(participant=ana, program=spring, code="ANA-1")
    outcomes = attribute(
        friend=ben,
        touches=[SentCode("GONE-1", Touch.Door.UPSERT), SentCode("ana-1", Touch.Door.UPSERT)],
        sent_by="Shop",
        at=NOON,
    )
    referral = next(outcome.referral for outcome in outcomes if outcome.is_attributed)
    make_conversion(
        program=spring,
        order_id="A-77",
        friend=ben,
        advocate=ana,
        referral=referral,
        status="attributed",
        outcome="same_again",
        worked_at=NOON,
        amount=4950,
        currency="EUR",
        exponent=2,
    )
    make_reward(participant=ana, referral=referral, program=spring, name="Thank you")
    return {"ana": ana, "ben": ben, "zoe": zoe, "referral": referral}


def test_a_friend_leads_to_the_referral_the_advocate_and_the_reward(open_as, member, story):
    visit = open_as(member)
    page = visit.open("/admin/programs/referral/?q=okafor")

    page.get_by_role("link", name="Ben Okafor").click()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_text("There was no code and no share link").first).to_be_visible()
    visit.assert_sound("participant-activity")
    page.get_by_role("link", name="Referrals", exact=True).click()
    page.get_by_role("link", name="14 Mar 2026, 12:00").first.click()
    expect(page.locator("h1")).to_contain_text("Ben Okafor, referred by Ana García")
    visit.assert_sound("referral")
    page.get_by_role("link", name="A-77", exact=True).click()
    expect(page.get_by_text("The order counts for").first).to_be_visible()
    visit.assert_sound("conversion")
    page.get_by_role("link", name="Show the referral").click()
    page.get_by_role("link", name="Thank you").click()
    expect(page.get_by_role("link", name="Show the referral").first).to_be_visible()
    page.get_by_role("link", name="Ana García").click()
    page.get_by_role("link", name="Referrals", exact=True).click()
    expect(page.get_by_role("link", name="Ben Okafor").first).to_be_visible()


def test_a_referrer_is_added_by_finding_the_advocate(open_as, member, story):
    visit = open_as(member)
    page = visit.open(f"/admin/programs/participant/{story['zoe'].pk}/change/?tab=referrals")

    page.get_by_role("link", name="Add referrer").click()
    page.get_by_label("Code of the advocate").fill("NOBODYS")
    page.get_by_role("button", name="Add referrer").click()
    expect(page.get_by_text("There was no code and no share link").first).to_be_visible()
    page.get_by_label("Name, e-mail, ID or referral code").fill("ana")
    page.get_by_role("button", name="Search", exact=True).click()
    visit.assert_sound("add-referrer")
    page.get_by_role("button", name="Choose Ana García").click()

    expect(page.get_by_text("Ana García is the referrer of Zoe Lindqvist in “Spring” now.").first).to_be_visible()
    expect(page.get_by_text("One of your colleagues noted that").first).to_be_visible()
    visit.assert_sound("participant-referrals")


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("path", ["/admin/programs/referral/", "/admin/programs/conversion/"])
def test_the_feeds_are_sound(open_as, member, story, look, path):
    visit = open_as(member, look)
    visit.open(path)
    visit.assert_sound(path.split("/")[-2])


@pytest.mark.parametrize("look", [one for one in LOOKS if one.is_wide and not one.is_dark], ids=str)
def test_the_feed_of_referrals_fits_a_small_screen(open_as, member, story, look):
    Referral.objects.update(date_converted=NOON)

    page = open_as(member, look).open("/admin/programs/referral/")

    assert (
        page.evaluate("(([one]) => one.scrollWidth - one.clientWidth)(document.querySelectorAll('.table-wrap'))") == 0
    )
