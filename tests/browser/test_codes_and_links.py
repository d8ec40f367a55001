"""Codes and links of a participant, as an admin and a friend meet them."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from programs.models import Participant, ReferralCode, ShareLink
from programs.operations import add_referral_code, disable_code, join_program
from team.audit import Actor
from tests.browser.visits import LOOKS
from tests.conftest import NOON
from tests.factories import make_participant, make_program, make_share_link

BY = Actor(label="ada@example.com")
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"


@pytest.fixture
def ana(transactional_db, live_server, settings):
    """Return an advocate with a primary code, a secondary one, a disabled one and two links."""
    settings.BASE_URL = live_server.url
    ana = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    spring = make_program(name="Spring", main_url=f"{live_server.url}/admin/login/")
    make_program(name="Winter", status="paused")
    primary = join_program(participant=ana, program=spring, by=BY, at=NOON)
    for code in ("ANA-SPRING", "A" * 64):
        add_referral_code(participant=ana, program=spring, code=code, by=BY, at=NOON)
    disable_code(code=ReferralCode.objects.get(code="A" * 64), by=BY, at=NOON)
    make_share_link(code=primary, slug="earlier", clicks=12345, clicked_at=NOON, retired_at=NOON)
    return ana


def clicks_of(link):
    """Return the link's clicks, which are counted after the friend has been sent on."""
    deadline = time.monotonic() + 30
    while not ShareLink.objects.get(pk=link.pk).clicks and time.monotonic() < deadline:
        time.sleep(0.05)
    return ShareLink.objects.get(pk=link.pk).clicks


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_pages_of_codes_are_sound(open_as, member, ana, look):
    visit = open_as(member, look)
    page = f"/admin/programs/participant/{ana.pk}/"
    code = ReferralCode.objects.get(code="ANA-SPRING")

    visit.open(f"{page}change/?tab=codes")
    visit.assert_sound("codes-and-links")
    visit.open(f"{page}add-code/")
    visit.assert_sound("codes-add")
    visit.open(f"/admin/programs/participant/codes/{code.pk}/edit/")
    visit.assert_sound("codes-edit")
    visit.open("/admin/programs/participant/add/")
    visit.assert_sound("participant-add")


def test_an_admin_adds_an_advocate_and_gives_them_another_code(open_as, member, ana):
    visit = open_as(member)
    page = visit.open("/admin/programs/participant/add/")
    expect(page.get_by_role("checkbox", name="Spring")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Winter (Paused)")).not_to_be_checked()
    page.get_by_label("First name").fill("Leo")
    page.get_by_label("User ID").fill("leo")
    page.get_by_role("button", name="Add Participant").click()

    page.get_by_role("link", name="Codes and links").click()
    page.get_by_role("link", name="Add referral code").click()
    page.get_by_label("Code", exact=False).first.fill("LEO-BIKES")
    page.get_by_label("Make it the primary code").check()
    page.get_by_role("button", name="Add referral code").click()

    expect(page.get_by_text("Leo has the code LEO-BIKES now.")).to_be_visible()
    leo = Participant.objects.get(user_id="leo")
    codes = ReferralCode.objects.filter(participant=leo).order_by("pk")
    assert list(codes.values_list("code", "is_primary")) == [("LEO", False), ("LEO-BIKES", True)]
    visit.assert_sound()


def test_an_admin_edits_a_code_and_its_link_goes_on_working(open_as, member, ana):
    visit = open_as(member)
    link = ShareLink.objects.get(retired_at=None)
    page = visit.open(f"/admin/programs/participant/{ana.pk}/change/?tab=codes")
    page.get_by_role("row", name="ANAGARCIA").get_by_role("link", name="Edit").click()
    page.get_by_label("Code", exact=False).first.fill("ANA-NEW")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("ANA-NEW took the place of ANAGARCIA.")).to_be_visible()

    friend = open_as(None)
    friend.context.set_extra_http_headers({"User-Agent": PHONE})  # a headless browser is not counted
    landed = friend.open(f"/s/{link.slug}")

    assert re.search(r"/admin/login/\?.*rsCode=ANA-NEW", landed.url)
    cookies = {cookie["name"] for cookie in friend.context.cookies()}
    assert "sessionid" not in cookies
    assert clicks_of(link) == 1


def test_a_link_is_copied_with_one_click(open_as, member, ana):
    visit = open_as(member)
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    link = ShareLink.objects.get(retired_at=None)
    page = visit.open(f"/admin/programs/participant/{ana.pk}/change/?tab=codes")

    page.get_by_role("button", name=f"Copy {visit.base_url}/s/{link.slug}").click()

    assert page.evaluate("navigator.clipboard.readText()") == f"{visit.base_url}/s/{link.slug}"
