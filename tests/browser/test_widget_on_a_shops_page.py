from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import jwt
import pytest
from playwright.sync_api import Frame

from programs.models import Participant, ParticipantEvent, Referral
from promocodes.models import PromoCode
from tests.api.calling import Api
from tests.browser import shop as shops
from tests.browser.visits import Look, Visit
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program, make_referral_code, make_reward, stock_pool
from widget.counts import DailyCount
from widget.models import AllowedOrigin, DisplayVersion
from widget.operations import make_displays

ANA = {"id": "ana@example.com", "accountId": "acme", "firstName": "Ana", "lastName": "García", "locale": "en_US"}
PARTS = ("hero", "promo_codes", "share_link", "statistics", "rewards", "referrals", "text")
FOCUSED = """
  (({ copy, share, turn }) => (copy ? "copy" : share || turn))(document.activeElement.dataset)
"""
EMBEDDED = '<div id="squatchembed"></div>'
LOOKS = [
    Look(language, is_wide, is_dark)
    for language, is_wide, is_dark in [
        ("en", True, False),
        ("en", False, True),
        ("zh-hans", False, False),
        ("zh-hans", True, True),
    ]
]


@pytest.fixture
def shop():
    with shops.open_shop() as opened:
        yield opened


@pytest.fixture
def site(live_server, settings, shop, transactional_db):
    """Return our server's address, with a live program whose widget has everything and may stand on the shop's page."""
    settings.BASE_URL = live_server.url
    program = make_program(key="spring", name="Spring", main_url="https://shop.example/spring")
    stock_pool(make_pool(program=program), *[f"CODE-{number}" for number in range(1, 21)])
    make_displays(program=program, at=NOON)
    parts = [{"id": key, "type": key, "texts": {}, "settings": {}} for key in PARTS]
    DisplayVersion.objects.filter(is_current=True).update(components=parts)
    AllowedOrigin.objects.create(program=program, origin=shop.origin)
    return live_server.url


@pytest.fixture
def token(site):
    """Return what signs a user as the shop's server does."""
    api = Api.with_key("write")
    return lambda user: jwt.encode({"user": user}, api.secret, algorithm="HS256", headers={"kid": api.key.account_sid})


@pytest.fixture
def visit(open_as, shop):
    """Return a browser on its way to the shop, where the vendor's own host answers nothing, as offline."""

    def go(look: Look | None = None) -> Visit:
        opened = open_as(None, look)
        opened.context.route("https://fast.ssqt.io/**", lambda route: route.fulfill(body=""))
        return opened

    return go


def open_widget(visit: Visit, address: str, *, outcome: str = "shown") -> Frame:
    page = visit.page
    page.goto(address)
    page.wait_for_function("window.outcome !== undefined", timeout=30_000)
    assert page.evaluate("window.outcome") == outcome
    return widget_frame(visit)


def widget_frame(visit: Visit) -> Frame:
    handle: Any = visit.page.wait_for_selector("iframe#squatchFrame", state="attached")
    frame: Frame = handle.content_frame()
    frame.wait_for_selector(".widget", state="attached")
    return frame


def assert_sound(visit: Visit, frame: Frame, name: str) -> None:
    """Expect the page and the widget in it to be sound, and the frame as high as what is in it."""
    visit.page.wait_for_timeout(300)
    height = frame.evaluate("document.querySelector('.squatch-container').getBoundingClientRect().height")
    assert abs(visit.page.locator("iframe#squatchFrame").bounding_box()["height"] - height) <= 2
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    findings = visit.serious_findings(frame)
    assert findings == []
    visit.keep_picture(name, full_page=True)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_an_advocate_leafs_through_their_codes_copies_one_and_hears_of_it_at_the_next_visit(
    visit, shop, site, token, look
):
    chinese = look.language == "zh-hans"
    user = {**ANA, "locale": "zh_CN"} if chinese else ANA
    words = {
        "number": "第 {} 个，共 5 个" if chinese else "{} of 5",
        "before": "您之前复制过此促销码" if chinese else "You've copied this code before",
    }
    opened = visit(look)
    style = "margin: 0; background: #101114; color: #eee" if look.is_dark else "margin: 0; background: #fff"
    address = shop.show(script=shops.initialised(site, shops.upserting(user, token(user))), body=EMBEDDED, style=style)

    frame = open_widget(opened, address)
    codes = frame.locator("[data-codes]")
    shown = codes.locator("[data-code]:visible input")
    assert codes.locator(".pager__numbers").inner_text() == words["number"].format(1)
    first = shown.input_value()
    codes.locator("[data-turn='1']").click()
    assert codes.locator(".pager__numbers").inner_text() == words["number"].format(2)
    second = shown.input_value()
    assert second != first
    assert not codes.locator("[data-before]:visible").count()
    with opened.page.expect_response(lambda answer: answer.url.endswith("/graphql") and answer.ok):
        codes.locator("[data-code]:visible [data-copy]").click()
    frame.wait_for_function("document.querySelector('.heard').textContent !== ''")
    assert_sound(opened, frame, "widget")

    frame = open_widget(opened, address)
    codes = frame.locator("[data-codes]")
    codes.locator("[data-turn='1']").click()
    assert codes.locator("[data-code]:visible input").input_value() == second
    assert codes.locator("[data-before]:visible").inner_text() == words["before"]
    assert_sound(opened, frame, "widget-copied-before")
    assert frame.evaluate("document.documentElement.dataset.colours") == ("dark" if look.is_dark else "light")
    assert list(PromoCode.objects.filter(copied_at__isnull=False).values_list("code", flat=True)) == [second]
    ana = Participant.objects.get()
    assert (ana.user_id, ana.first_name) == ("ana@example.com", "Ana")
    assert not opened.complaints


def test_the_vendors_script_is_the_one_that_npm_has():
    digest = hashlib.sha256(shops.SCRIPT.read_bytes()).hexdigest()

    assert digest == "46d1772de367e1470ecfcf2de050143f15537ead7c197c82bc228d3af89f5328"


def test_the_copied_code_is_in_the_clipboard_with_and_without_leave_to_write_there(visit, shop, site, token):
    opened = visit()
    address = shop.show(script=shops.initialised(site, shops.upserting(ANA, token(ANA))), body=EMBEDDED)
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=shop.origin)
    for way in ("", "Object.defineProperty(window.Navigator.prototype, 'clipboard', {get: () => undefined})"):
        frame = open_widget(opened, address)
        clipboard = opened.page.evaluate_handle("navigator.clipboard")
        opened.page.evaluate("navigator.clipboard.writeText('')")
        if way:
            frame.evaluate(way)

        frame.locator("[data-code]:visible [data-copy]").click()
        frame.wait_for_function("document.querySelector('.heard').textContent === 'Copied'")

        code = frame.locator("[data-code]:visible input").input_value()
        assert clipboard.evaluate("(clipboard) => clipboard.readText()") == code


def test_loads_shares_and_events_are_reported(visit, shop, site, token):
    opened = visit()
    track = {
        "userId": ANA["id"],
        "accountId": ANA["accountId"],
        "events": [{"key": "purchase", "fields": {"total": 5}}],
    }
    script = f"""
      {shops.upserting(ANA, token(ANA))}
      window.track = () => squatch.events().track({json.dumps(track)}, {json.dumps({"jwt": token(ANA)})});
    """
    address = shop.show(script=shops.initialised(site, script), body=EMBEDDED)

    with opened.page.expect_response(lambda answer: "/analytics/loaded" in answer.url) as loaded:
        frame = open_widget(opened, address)
    tracked = opened.page.evaluate("window.track()")
    opened.context.route("https://wa.me/**", lambda route: route.fulfill(body="WhatsApp"))
    with (
        opened.page.expect_response(lambda answer: answer.url.endswith("/graphql")),
        opened.context.expect_page() as way,
    ):
        frame.locator("[data-code]:visible [data-share=WHATSAPP]").click()

    assert loaded.value.ok
    assert tracked["events"][0]["key"] == "purchase"
    assert ParticipantEvent.objects.get().key == "purchase"
    assert way.value.url.startswith("https://wa.me/?text=")
    frame.wait_for_timeout(500)
    code = frame.locator("[data-code]:visible input").input_value()
    assert list(PromoCode.objects.filter(copied_at__isnull=False).values_list("code", flat=True)) == [code]
    counts = DailyCount.objects.order_by("kind").values_list("kind", "medium", "count")
    assert list(counts) == [("loaded", "EMBED", 1), ("shared", "WHATSAPP", 1)]


def test_a_friend_with_the_cookie_of_a_share_link_is_attributed_and_their_code_filled_in(visit, shop, site, token):
    bob = make_participant(user_id="bob")
    make_referral_code(code="BOB1", participant=bob, program=DisplayVersion.objects.first().display.program)
    content = {"localhost": {"default_CODE": {"codes": {"spring": "BOB1"}, "codesExp": {}}}}
    cookie = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    script = shops.initialised(site, f"{shops.upserting(ANA, token(ANA))} squatch.autofill('#code');")
    address = shop.show(script=script, body=f'{EMBEDDED}<input id="code" aria-label="Code">')
    opened = visit()

    open_widget(opened, f"{address}?_saasquatch={cookie}")
    opened.page.wait_for_function("document.getElementById('code').value === 'BOB1'")

    assert Referral.objects.get().referrer == bob
    assert not opened.complaints


def test_a_popup_opens_over_the_page_and_escape_closes_it(visit, shop, site, token):
    script = shops.initialised(site, shops.upserting(ANA, token(ANA), engagementMedium="POPUP"))
    address = shop.show(script=script, body='<button class="squatchpop">Refer a friend</button>')
    opened = visit()
    frame = open_widget(opened, address)

    with opened.page.expect_response(lambda answer: "/analytics/loaded" in answer.url):
        opened.page.click(".squatchpop")
    frame.wait_for_selector("[data-copy]:visible")
    opened.page.wait_for_timeout(300)
    opened.keep_picture("widget-popup")
    frame.locator("[data-code]:visible [data-copy]").focus()
    opened.page.keyboard.press("Escape")

    assert opened.page.locator("dialog[open]").count() == 0
    assert not opened.complaints


@pytest.mark.parametrize("tag", ["squatch-embed", "impact-embed"])
def test_a_tag_shows_the_users_widget_or_without_a_token_a_visitors(visit, shop, site, token, tag):
    config = f"window.squatchTenant = 'default'; window.squatchConfig = {json.dumps({'domain': site})};"
    body = f'<{tag} widget="p/spring/w/referrerWidget"></{tag}>'

    def shown(head):
        opened = visit()
        opened.page.goto(shop.show(head=f"<script>{config}{head}</script>", body=body))
        opened.page.wait_for_function(
            f"document.querySelector('{tag}').shadowRoot.querySelector('iframe')?.contentDocument.querySelector('.widget')"
        )
        frame = opened.page.frames[-1]
        assert not opened.complaints
        return frame.inner_text(".widget")

    assert "Share with your friends, Ana" in shown(f"window.squatchToken = {json.dumps(token(ANA))};")
    assert "Sign in to get your promo codes." in shown("")


def test_a_refusal_reaches_the_shops_page_in_words(visit, shop, site, token):
    forged = token(ANA)[:-4] + "AAAA"
    opened = visit()
    opened.page.goto(shop.show(script=shops.initialised(site, shops.upserting(ANA, forged)), body=EMBEDDED))
    opened.page.wait_for_function("window.outcome !== undefined")

    assert "UNAUTHORIZED" in opened.page.evaluate("window.outcome")
    assert not Participant.objects.exists()


def test_a_site_that_is_not_listed_gets_nothing(open_as, shop, site, token):
    AllowedOrigin.objects.all().delete()
    opened = open_as(None)  # where requests are looked at on their way, Playwright answers preflights itself
    opened.page.goto(shop.show(script=shops.initialised(site, shops.upserting(ANA, token(ANA))), body=EMBEDDED))
    opened.page.wait_for_function("window.outcome !== undefined")

    assert "Failed to fetch" in opened.page.evaluate("window.outcome")
    assert not Participant.objects.exists()


def test_a_page_of_its_own_stands_in_a_plain_frame_of_a_listed_site_only(visit, shop, site, token):
    upserted = Api({"X-SaaSquatch-User-Token": token(ANA)}).upsert(
        "acme", "ana@example.com", **{name: value for name, value in ANA.items() if name not in {"id", "accountId"}}
    )
    assert upserted.status == 200
    address = f"{site}/a/default/widgets/mobilewidget?jwt={token(ANA)}"
    opened = visit(Look(is_wide=False))
    opened.page.goto(
        shop.show(body=f'<iframe id="own" src="{address}" title="Widget" width="280" height="900"></iframe>')
    )
    frame = opened.page.wait_for_selector("#own").content_frame()
    frame.wait_for_selector("[data-copy]:visible")

    frame.locator("[data-code]:visible [data-copy]").click()
    frame.wait_for_function("document.querySelector('.heard').textContent !== ''")
    assert frame.evaluate("document.documentElement.scrollWidth <= 280")
    assert opened.serious_findings(frame) == []
    opened.keep_picture("widget-280", full_page=True)
    assert not opened.complaints

    AllowedOrigin.objects.all().delete()
    opened.page.reload()
    opened.page.wait_for_timeout(500)
    assert any("frame-ancestors" in complaint or "frame" in complaint.lower() for complaint in opened.complaints)


def test_everything_can_be_done_with_the_keyboard(visit, shop, site, token):
    make_reward(participant=make_participant())
    opened = visit()
    address = shop.show(script=shops.initialised(site, shops.upserting(ANA, token(ANA))), body=EMBEDDED)
    frame = open_widget(opened, address)
    frame.locator("[data-code]:visible input").focus()

    reached = []
    for _key in range(8):
        opened.page.keyboard.press("Tab")
        reached.append(frame.evaluate(FOCUSED))

    assert reached[:7] == ["copy", "EMAIL", "WHATSAPP", "SMS", "TWITTER", "-1", "1"]
    opened.page.keyboard.press("Shift+Tab")
    opened.page.keyboard.press("Enter")
    assert frame.locator(".pager__numbers").inner_text() == "2 of 5"
