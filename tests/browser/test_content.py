from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from outbox.models import Email
from programs.operations import ParticipantProfile, ProgramDetails, add_participant, create_program, launch_program
from team.audit import SYSTEM
from tests.browser.visits import LOOKS, Look
from widget.models import Display
from widget.operations import answer_sign_ins, publish
from widget.queries import draft_of, published_version

NARROW = Look(is_wide=False)


@pytest.fixture
def widget(transactional_db, live_server, settings):
    settings.BASE_URL = live_server.url
    at = timezone.now()
    details = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
    program = create_program(key="spring", details=details, by=SYSTEM, at=at)
    launch_program(program=program, by=SYSTEM, at=at)
    return Display.objects.get(program=program, kind="widget")


@pytest.fixture
def microsite(widget):
    site = Display.objects.get(program=widget.program, kind="microsite")
    Display.objects.filter(pk=site.pk).update(takes_newcomers=True)
    publish(display=site, seen=draft_of(site).revision, by=SYSTEM, at=timezone.now())
    return site


def types(version):
    return [part.type for part in version.parts]


def names(page):
    return page.locator(".part__name strong").all_inner_texts()


def test_a_widget_is_arranged_by_cards_keys_and_mouse_and_published(open_as, member, widget):
    visit = open_as(member)
    page = visit.open(f"/admin/widget/display/{widget.pk}/change/")
    preview = page.frame_locator("iframe[name=preview]")
    preview.get_by_text("Share with your friends, Alex").wait_for()

    page.get_by_role("button", name="Promo codes").click()
    page.get_by_role("heading", name="Promo codes", exact=True).wait_for()
    preview.get_by_text("FRIEND-1").or_(preview.locator("[value='FRIEND-1']")).first.wait_for()
    assert names(page)[-1] == "Promo codes"

    handle = page.get_by_role("button", name=re.compile("^Move Promo codes: drag"))
    for place in (4, 3):
        handle.press("ArrowUp")
        page.locator(f".part:nth-child({place + 1}) strong", has_text="Promo codes").wait_for()
    assert handle.evaluate("(one) => one === document.activeElement")

    handle.hover()
    page.mouse.down()
    page.locator(".part:nth-child(2)").hover()
    page.mouse.up()
    page.locator(".part:nth-child(2) strong", has_text="Promo codes").wait_for()
    assert types(draft_of(widget)) == ["hero", "promo_codes", "share_link", "statistics", "rewards", "referrals"]

    page.get_by_role("link", name="Hero").click()
    page.get_by_label("English").first.fill("Bring your friends, {firstName}")
    preview.get_by_text("Bring your friends, Alex").wait_for()
    assert draft_of(widget).parts[0].texts["en"] == {}
    page.get_by_role("button", name="Save in the draft").click()
    page.get_by_text("Saved in the draft.").wait_for()
    assert draft_of(widget).parts[0].texts["en"] == {"title": "Bring your friends, {firstName}"}

    page.get_by_role("link", name="Publish").click()
    assert page.locator("#publish-dialog .changes li").all_inner_texts() == ["Hero changed", "Promo codes added"]
    visit.assert_sound("content-publish")
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Version 2 is what participants see now.").wait_for()
    assert types(published_version(widget))[:2] == ["hero", "promo_codes"]
    visit.assert_sound("content")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_pages_of_content_are_sound(open_as, member, widget, look):
    visit = open_as(member, look)
    visit.open("/admin/widget/display/")
    visit.assert_sound("content-list")
    hero = draft_of(widget).parts[0]
    visit.open(f"/admin/widget/display/{widget.pk}/change/?component={hero.id}")
    visit.assert_sound("content-component")
    for tab in ("components", "versions", "settings", "embed"):
        visit.open(f"/admin/widget/display/{widget.pk}/change/?tab={tab}")
        expect(visit.page.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.95)  # a pixel is the line below
        visit.assert_sound(f"content-{tab}")


@pytest.mark.parametrize("look", [Look(), NARROW, Look(language="zh-hans"), Look(is_dark=True)], ids=str)
def test_a_participant_comes_into_the_microsite_by_a_mailed_code(open_as, microsite, look):
    profile = ParticipantProfile(first_name="Ada", last_name="Byron", email="ada@example.com")
    add_participant(account_id="acme", user_id="ada", profile=profile, by=SYSTEM, at=timezone.now())
    visit = open_as(None, look)
    page = visit.open("/m/spring/join/")
    visit.assert_sound("microsite-join")
    page = visit.open("/m/spring/")
    visit.assert_sound("microsite-sign-in")

    page.locator("input[type=email]").fill("ada@example.com")
    page.locator("button.button--primary").click()
    page.wait_for_url("**/code/")
    visit.assert_sound("microsite-code")
    answer_sign_ins(at=timezone.now())
    code = re.search(r"\b(\d{6})\b", Email.objects.get().text)
    assert code
    page.locator("input[name=code]").fill(code[1])
    page.locator("button.button--primary").click()
    page.wait_for_url("**/m/spring/")

    page.get_by_text("Ada", exact=False).first.wait_for()
    assert page.locator(".part").count() == 5
    visit.assert_sound("microsite")
