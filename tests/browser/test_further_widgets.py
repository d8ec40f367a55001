from __future__ import annotations

import pytest
from django.utils import timezone

from programs.operations import ProgramDetails, create_program, launch_program
from team.audit import SYSTEM
from tests.browser.visits import Look
from widget.models import Display
from widget.queries import published_version

LOOKS = (Look(), Look(is_wide=False))
LIST = "/admin/widget/display/"


@pytest.fixture
def program(transactional_db, live_server, settings):
    settings.BASE_URL = live_server.url
    details = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
    program = create_program(key="spring", details=details, by=SYSTEM, at=timezone.now())
    launch_program(program=program, by=SYSTEM, at=timezone.now())
    return program


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_widget_is_added_as_a_copy_published_archived_and_brought_back(open_as, member, program, look):
    visit = open_as(member, look)
    page = visit.open(LIST)
    visit.assert_sound("content-list")

    page.get_by_role("link", name="Add widget").click()
    page.get_by_label("Name").fill("At checkout")
    page.get_by_label("Key").fill("checkout")
    page.get_by_label("Start with").select_option("Spring · Referral widget")
    visit.assert_sound("content-add-widget")
    page.get_by_role("button", name="Add widget").click()
    page.get_by_text("“At checkout” is a draft that nobody sees yet.").wait_for()
    made = Display.objects.get(key="checkout")

    visit.open(f"{LIST}{made.pk}/change/?tab=embed")
    visit.assert_sound("content-embed-unpublished")
    visit.open(f"{LIST}{made.pk}/change/?tab=settings")
    page.get_by_role("link", name="Delete").wait_for()
    visit.assert_sound("content-settings-further")
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish").click()
    page.get_by_text("Version 1 is what participants see now.").wait_for()

    visit.open(f"{LIST}{made.pk}/change/?tab=settings")
    page.get_by_role("link", name="Archive").click()
    visit.assert_sound("content-archive")
    page.get_by_role("button", name="Archive").click()
    page.get_by_text("“At checkout” is archived.").wait_for()
    visit.assert_sound("content-archived")
    page.get_by_role("link", name="Bring back").click()
    page.get_by_role("button", name="Bring back").click()
    page.get_by_text("“At checkout” is back.").wait_for()
    made.refresh_from_db()
    assert made.archived_at is None
    assert published_version(made).number == 1
    assert published_version(made).parts[0].type == "hero"


def test_a_draft_of_a_microsite_is_added_and_deleted(open_as, member, program):
    visit = open_as(member)
    page = visit.open(LIST)

    page.get_by_role("link", name="Add microsite").click()
    page.get_by_label("Name").fill("Summer")
    page.get_by_label("Address").fill("summer")
    visit.assert_sound("content-add-microsite")
    page.get_by_role("button", name="Add microsite").click()
    page.get_by_text("“Summer” is a draft that nobody sees yet.").wait_for()
    page.get_by_role("link", name="Settings", exact=True).last.click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_text("“Summer” was deleted.").wait_for()
    assert Display.objects.count() == 2
