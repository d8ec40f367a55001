from __future__ import annotations

import pytest
from playwright.sync_api import expect

from programs.models import Participant
from programs.operations import ProgramDetails, create_program, launch_program
from team.audit import SYSTEM
from team.models import ApiKey
from tests.browser.visits import Look
from tests.conftest import NOON
from widget.models import Display


@pytest.fixture
def widget(transactional_db, live_server, settings):
    settings.BASE_URL = live_server.url
    details = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
    program = create_program(key="spring", details=details, by=SYSTEM, at=NOON)
    launch_program(program=program, by=SYSTEM, at=NOON)
    return Display.objects.get(program=program, kind="widget")


@pytest.mark.parametrize("look", [Look(), Look("zh-hans", is_wide=False, is_dark=True)], ids=str)
def test_the_sandbox_shows_the_widget_before_there_is_an_api_key_and_no_card_before_the_widget(
    open_as, member, widget, look
):
    visit = open_as(member, look)
    visit.open(f"/admin/widget-sandbox/{widget.pk}/?language=en")
    page = visit.page
    expect(page.locator("[data-stage]")).to_be_hidden()

    page.locator("[data-show]").click()

    frame = page.frame_locator("#squatchFrame")
    expect(frame.get_by_role("heading", name="Share with your friends, Demo")).to_be_visible()
    expect(page.locator("[data-refused]")).to_be_hidden()
    assert Participant.objects.get().first_name == "Demo"
    assert not ApiKey.objects.exists()
    visit.assert_sound("sandbox")
