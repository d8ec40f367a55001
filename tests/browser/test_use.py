from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from programs.operations import ProgramDetails, create_program, launch_program
from team.audit import SYSTEM
from tests.browser.visits import Look
from tests.factories import make_participant
from widget.counts import Counted, DailyCount
from widget.microsite.proofs import link_token
from widget.models import Display
from widget.operations import publish

LOOKS = (Look(), Look(is_wide=False), Look(is_dark=True))


@pytest.fixture
def program(transactional_db, live_server, settings):
    settings.BASE_URL = live_server.url
    details = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
    program = create_program(key="spring", details=details, by=SYSTEM, at=timezone.now())
    launch_program(program=program, by=SYSTEM, at=timezone.now())
    return program


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_use_of_thirty_days_is_drawn_and_stands_in_tables(open_as, member, program, look):
    widget = Display.objects.get(program=program, kind="widget")
    today = timezone.now().date()
    for back in range(30):
        for kind, medium, count in (
            (Counted.LOADED, "EMBED", 400 + back * 37 % 90),
            (Counted.LOADED, "HOSTED", 60 + back * 13 % 40),
            (Counted.SHARED, "DIRECT", 20 + back * 7 % 15),
            (Counted.SHARED, "WHATSAPP", 5 + back % 4),
        ):
            day = today - timedelta(days=back)
            DailyCount.objects.create(program=program, kind=kind, medium=medium, count=count, day=day)
    visit = open_as(member, look)

    page = visit.open(f"/admin/widget/display/{widget.pk}/change/?tab=use")

    visit.assert_sound("content-use")
    assert page.locator("svg.chart__drawing").count() == 2
    page.get_by_text("Show as a table").first.click()
    assert page.locator("figure.chart").first.locator("tbody tr").count() == 30


def test_a_microsite_says_that_it_was_shown(open_as, program):
    site = Display.objects.get(program=program, kind="microsite")
    publish(display=site, seen=1, by=SYSTEM, at=timezone.now())
    ana = make_participant(first_name="Ana")
    visit = open_as(None)
    page = visit.open(f"/m/spring/in/{link_token(display=site, participant=ana, at=timezone.now())}/")

    with page.expect_response(lambda answer: answer.url.endswith("/graphql") and answer.ok):
        page.get_by_role("button", name="Continue as Ana").click()

    counts = DailyCount.objects.values_list("program__key", "kind", "medium", "count")
    assert list(counts) == [("spring", "loaded", "HOSTED", 1)]
