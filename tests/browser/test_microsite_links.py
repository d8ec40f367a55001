from __future__ import annotations

from datetime import timedelta

import jwt
import pytest
from django.utils import timezone

from programs.models import Participant
from programs.operations import ProgramDetails, create_program, launch_program
from promocodes.models import PromoCode
from team.audit import SYSTEM
from team.operations import create_api_key, revoke_api_key
from tests.browser.visits import Look
from tests.factories import make_code, make_participant, make_pool
from widget.counts import DailyCount
from widget.models import Display
from widget.operations import add_to_all_displays, publish
from widget.queries import draft_of

BOTH = (Look(), Look(is_wide=False))


@pytest.fixture
def program(transactional_db, live_server, settings):
    settings.BASE_URL = live_server.url
    at = timezone.now()
    details = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
    program = create_program(key="spring", details=details, by=SYSTEM, at=at)
    launch_program(program=program, by=SYSTEM, at=at)
    site = Display.objects.get(program=program, kind="microsite")
    publish(display=site, seen=draft_of(site).revision, by=SYSTEM, at=at)
    return program


@pytest.mark.parametrize("look", BOTH, ids=str)
def test_a_link_is_made_copied_and_lets_the_participant_in(open_as, member, program, look):
    ana = make_participant(first_name="Ana", last_name="García")
    visit = open_as(member, look)
    page = visit.open(f"/admin/programs/participant/{ana.pk}/change/?tab=codes")
    visit.assert_sound("participant-microsite-links")

    page.get_by_role("button", name="Make a microsite link for Spring").click()
    page.get_by_text("It works for 7 days").wait_for()
    visit.assert_sound("participant-microsite-link-made")
    link = page.locator("pre code").inner_text()

    guest = open_as(None, look)
    site = guest.open(link.removeprefix(guest.base_url))
    guest.assert_sound("microsite-link")
    site.get_by_role("button", name="Continue as Ana García").click()
    site.get_by_text("Share with your friends, Ana").wait_for()
    assert site.url.endswith("/m/spring/")


def says(words):
    """Return what knows the answer to a call that says these words."""
    return lambda answer: words in (answer.request.post_data or "")


def test_a_shops_customer_comes_in_by_its_token_and_what_they_copy_is_recorded(open_as, program):
    leo = make_participant(account_id="shop-7", user_id="leo", first_name="Leonard")
    make_code("LEO-1", pool=make_pool(program=program), participant=leo)
    add_to_all_displays(program=program, component_type="promo_codes", by=SYSTEM, at=timezone.now())
    made = create_api_key(name="Shop", scope="write", by=SYSTEM, at=timezone.now())
    user = {"id": "leo", "accountId": "shop-7", "firstName": "Leo"}
    claims = {"user": user, "exp": timezone.now() + timedelta(minutes=5)}
    token = jwt.encode(claims, made.secret, algorithm="HS256", headers={"kid": made.key.account_sid})

    visit = open_as(None)
    page = visit.open(f"/m/spring/?userToken={token}")
    with page.expect_response(says("LOADED_EVENT")):
        page.get_by_role("button", name="Continue as Leo").click()
    page.get_by_text("Share with your friends, Leo").wait_for()
    revoke_api_key(key=made.key, by=SYSTEM, at=timezone.now())
    with page.expect_response(says("markReferralCodeCopied")), page.expect_response(says("DIRECT")):
        page.locator("[data-code]:visible [data-copy]").click()
    shown = page.locator("[data-code]:visible input").input_value()

    assert Participant.objects.get(pk=leo.pk).first_name == "Leo"
    assert list(PromoCode.objects.filter(copied_at__isnull=False).values_list("code", flat=True)) == [shown]
    counts = DailyCount.objects.order_by("kind").values_list("kind", "medium", "count")
    assert list(counts) == [("loaded", "HOSTED", 1), ("shared", "DIRECT", 1)]
