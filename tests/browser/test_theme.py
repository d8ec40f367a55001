from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from advocate.lib import panels, search
from programs.models import Participant
from tests.browser.visits import LOOKS, Look
from tests.conftest import NOON
from tests.factories import make_catalog_reward, make_participant, make_program, make_unit

NAMES = ("Ann Lee", "José Álvarez", "王 小明", "Zoë Brontë", "Omar Haddad", "Ивана Петрова")
PHONE = Look(is_wide=False)


@pytest.fixture(autouse=True)
def gallery(settings, monkeypatch, transactional_db):
    """Serve the scratch admin pages over a few rows."""
    settings.ROOT_URLCONF = "tests.gallery.urls"
    engine = settings.TEMPLATES[0]
    scratch = Path(__file__).parent.parent / "gallery" / "templates"
    # Set as a whole, so that Django notices and drops the engine that an earlier test has made.
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], scratch]}]
    registry = panels._Registry()
    monkeypatch.setattr(panels, "_registry", registry)
    monkeypatch.setattr(search, "_sources", {})
    search.register_search(search.SearchSource("people", "People", "", find_people))


def find_people(words, limit, _seeker):
    found = Participant.objects.filter(first_name__istartswith=words)[:limit]
    return [search.SearchHit(str(one), one.email, f"/admin/programs/participant/{one.pk}/change/") for one in found]


@pytest.fixture
def people():
    for number in range(60):
        first, last = NAMES[number % len(NAMES)].split(" ")
        make_participant(first_name=first, last_name=last, email=f"person{number}@example.com", created_at=NOON)
    return list(Participant.objects.order_by("pk"))


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_every_kind_of_page_is_sound(open_as, member, people, look):
    make_program(), make_catalog_reward(unit=make_unit())
    first = people[0].pk
    pages = {
        "overview": "/admin/",
        "list": "/admin/programs/participant/",
        "list-empty": "/admin/rewards/rewardunit/?q=nothing",
        "list-editable": "/admin/programs/program/",
        "detail": f"/admin/programs/participant/{first}/change/",
        "form": f"/admin/programs/participant/{first}/edit/",
        "form-autocomplete": "/admin/rewards/catalogreward/add/",
        "search": "/admin/search/?q=an",
        "components": "/admin/gallery/",
    }
    visit = open_as(member, look)

    for name, path in pages.items():
        visit.open(path)
        visit.assert_sound(name)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_login_is_sound(open_as, look):
    visit = open_as(None, look)

    visit.open("/admin/login/?next=/admin/")

    visit.assert_sound("login")


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/broken/", 500)])
def test_an_error_page_says_what_to_do(open_as, member, path, status):
    visit = open_as(member)

    page = visit.open(path)

    expect(page.get_by_role("link", name="Go to Overview")).to_be_visible()
    visit.assert_sound(f"error-{status}", allowed_statuses=(status,))


def test_one_logs_in_and_out_by_keyboard(open_as, member):
    page = open_as(None).open("/admin/")
    page.keyboard.type("ada@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("right horse staple")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()

    page.locator("summary.avatar").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").press("Enter")

    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()


def test_the_first_tab_stop_skips_to_the_content(open_as, member):
    page = open_as(member).open("/admin/programs/participant/")

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "content-start"


def test_the_language_is_switched_on_the_page_itself(open_as, member, people):
    page = open_as(member).open("/admin/programs/participant/?q=ann")

    page.get_by_role("button", name="中文").click()

    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    assert page.url.endswith("/admin/programs/participant/?q=ann")


def test_the_colours_are_kept_and_come_with_the_answer(open_as, member):
    visit = open_as(member)
    page = visit.open("/admin/")
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")

    page.get_by_role("button", name="Switch to light").click()
    page.get_by_role("button", name="Switch to dark").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    answer = visit.context.request.get(f"{visit.base_url}/admin/")
    assert 'data-theme="dark"' in answer.text()
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"


@pytest.mark.parametrize("key", ["/", "Control+k"])
def test_the_palette_finds_a_person_by_keyboard_alone(open_as, member, people, key):
    page = open_as(member).open("/admin/")

    page.keyboard.press(key)
    page.keyboard.type("zoë")
    expect(page.locator("#palette a.hit").first).to_contain_text("Zoë Brontë")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Zoë Brontë")


def test_the_palette_is_sound_while_it_is_open(open_as, member, people):
    visit = open_as(member)
    page = visit.open("/admin/")
    page.keyboard.press("/")
    page.keyboard.type("an")
    expect(page.locator("#palette a.hit").first).to_be_visible()

    visit.assert_sound("palette")


def test_a_slash_in_a_field_stays_a_slash(open_as, member, people):
    page = open_as(member).open("/admin/programs/participant/")

    page.locator("#searchbar").press("/")

    assert page.locator("#searchbar").input_value() == "/"
    expect(page.locator("#palette")).not_to_be_visible()


def test_the_menu_is_a_drawer_on_a_phone(open_as, member):
    page = open_as(member, PHONE).open("/admin/")
    entry = page.locator("#sidebar").get_by_role("link", name="Overview")
    expect(entry).not_to_be_visible()

    page.get_by_role("link", name="Open the menu").click()
    expect(entry).to_be_visible()
    page.keyboard.press("Escape")

    expect(entry).not_to_be_visible()


def test_rows_are_cards_with_labels_on_a_phone(open_as, member, people):
    page = open_as(member, PHONE).open("/admin/programs/participant/")

    cell = page.locator("#result_list tbody tr").first.locator("[data-label='User ID']")

    assert cell.evaluate("cell => getComputedStyle(cell, '::before').content") == '"User ID"'


def test_actions_appear_with_the_first_choice_and_run(open_as, member, people):
    page = open_as(member).open("/admin/programs/participant/")
    bar = page.locator(".actions")
    expect(bar).not_to_be_visible()

    page.locator(".action-select").first.check()
    bar.locator("select").select_option("greet")
    bar.get_by_role("button").click()

    expect(page.locator(".messagelist")).to_contain_text("Greeted 1.")


def test_an_autocomplete_field_finds_a_unit(open_as, member):
    make_unit("CASH/USD")
    visit = open_as(member)
    page = visit.open("/admin/rewards/catalogreward/add/")

    page.locator(".select2-selection").click()
    page.keyboard.type("CASH")
    page.locator(".select2-results__option", has_text="CASH/USD").click()

    expect(page.locator(".select2-selection__rendered")).to_contain_text("CASH/USD")
    visit.assert_sound("form-autocomplete-chosen")


def test_the_calendar_picks_a_day(open_as, member, people):
    visit = open_as(member)
    page = visit.open(f"/admin/programs/participant/{people[0].pk}/edit/")

    page.locator(".field-created_at .date-icon").click()
    page.locator(".calendarbox:visible td a", has_text="20").first.click()

    assert page.locator("#id_created_at_0").input_value() == "2026-03-20"
    visit.assert_sound()


def test_a_row_is_added_to_an_inline(open_as, member, people):
    page = open_as(member).open(f"/admin/programs/participant/{people[0].pk}/edit/")
    rows = page.locator(".tabular tbody tr.form-row:visible")
    before = rows.count()

    page.locator(".add-row a").click()

    expect(rows).to_have_count(before + 1)


def test_a_wrong_form_names_its_errors(open_as, member):
    visit = open_as(member)
    page = visit.open("/admin/programs/participant/add/")

    page.get_by_role("button", name="Save").click()

    expect(page.locator(".errornote")).to_be_visible()
    expect(page.locator(".errorlist").first).to_be_visible()
    visit.assert_sound("form-errors")


def test_a_dialog_asks_and_escape_keeps_everything(open_as, member):
    page = open_as(member).open("/admin/gallery/")

    page.get_by_role("link", name="Ask…").click()
    dialog = page.get_by_role("dialog", name="Cancel this reward?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")

    expect(dialog).not_to_be_visible()
    assert page.url.endswith("/admin/gallery/")


def test_a_live_part_refreshes_until_it_says_stop(open_as, member):
    visit = open_as(member)
    visit.context.request.get(f"{visit.base_url}/fragment/?reset")
    page = visit.open("/admin/gallery/")

    expect(page.locator("#turn")).to_have_text("Turn 2")
    page.wait_for_timeout(700)

    expect(page.locator("#turn")).to_have_text("Turn 2")


def test_the_search_works_without_scripts(browser, live_server, member, people, client):
    client.force_login(member)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.session.session_key, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/")

    page.get_by_role("link", name="Search everything").click()
    page.locator("#search-words").fill("zoë")
    page.locator("#search-words").press("Enter")

    expect(page.locator("a.hit").first).to_contain_text("Zoë Brontë")
    context.close()
