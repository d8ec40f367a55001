"""Setting up promo codes as an admin does it: from Program Rules to codes in the advocates' hands."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from advocate.lib.clock import now
from jobs.models import Job
from jobs.runner import run_job
from outbox.models import Email
from programs.models import ReferralCode
from promocodes.models import CodePool, PromoCode
from promocodes.operations import check_stock
from promocodes.operations.readings import take_readings
from tests.browser.visits import LOOKS, Look, Visit
from tests.factories import make_participant, make_pool, make_program, stock_pool
from tests.promocodes.uploads import checked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("working_worker", "no_broker")]
LOOKED_AT = [Look(), Look(language="zh-hans", is_wide=False)]


@pytest.fixture
def program():
    program = make_program(name="Spring")
    for number in range(3):
        ReferralCode.objects.create(code=f"REF{number}", program=program, participant=make_participant())
    return program


def work() -> Job:
    """Do what a worker does with the newest job, and return it."""
    job = Job.objects.latest("id")
    run_job(job.pk)
    job.refresh_from_db()
    return job


def open_set_up(visit: Visit, program) -> Page:
    """Go from Program Rules to the page that sets promo codes up, by clicks."""
    page = visit.open("/admin/programs/program/")
    page.get_by_role("link", name="Spring").click()
    page.locator("#panel-promo-codes a.button--primary").click()
    page.wait_for_url("**/promo-codes/")
    return page


def expect_live_numbers(page: Page) -> None:
    """Choose a kind and a number, and see what they take."""
    page.locator("input[name=codes_each]").fill("4")
    assert (number_of(page, "needed"), number_of(page, "missing")) == ("12", "12")
    page.locator("input[value=multi_use]").check(force=True)
    expect(page.locator("input[name=codes_each]")).to_be_hidden()
    assert number_of(page, "needed") == "3"
    page.locator("input[value=one_time]").check(force=True)


def upload(visit: Visit, folder: Path, codes: list[str]) -> None:
    """Upload a file of codes on the page that is open, look at the preview and confirm it."""
    path = folder / "codes.csv"
    path.write_text("\n".join(["code", *codes]), encoding="utf-8")
    page = visit.page
    page.locator("input[type=file]").set_input_files(path)
    page.locator("main form[data-once] button.button--primary").click()
    page.wait_for_url("**/jobs/job/*/")
    assert work().status == "waiting"
    page.reload()
    page.locator("main form[action$='/confirm/'] button").click()
    page.wait_for_url("**/jobs/job/*/")
    assert (work().status, work().rows_done) == ("done", len(codes))
    page.reload()


def number_of(page: Page, name: str) -> str:
    return page.locator(f"[data-needs] [data-{name}]").inner_text()


@pytest.mark.parametrize("look", LOOKED_AT, ids=str)
def test_promo_codes_are_set_up_switched_on_and_put_on_the_widgets(open_as, member, program, tmp_path, look):
    visit = open_as(member, look)

    page = open_set_up(visit, program)
    visit.assert_sound("promo-codes-set-up")
    expect_live_numbers(page)
    page.locator("input[name=notify_at]").fill("2")
    page.locator("textarea[name=notify_emails]").fill("bea@example.com\nada@example.com")
    page.locator("button[value=upload]").click()
    page.wait_for_url("**/promocodes/upload/**")
    pool = CodePool.objects.get()
    assert (pool.codes_each, pool.notify_at, pool.is_on) == (4, 2, False)

    upload(visit, tmp_path, [f"SPRING-{number}" for number in range(14)])
    page.locator("main a[href$='/promo-codes/']").click()
    page.wait_for_url("**/promo-codes/")
    assert page.locator("input[name=codes_each]").input_value() == "4"
    assert number_of(page, "missing") == "0"
    page.locator("button[value=confirm]").click()
    dialog = page.locator("#switch-on-dialog")
    expect(dialog).to_be_visible()
    visit.assert_sound("promo-codes-dialog")
    dialog.locator("[data-dialog-close]").click()
    expect(dialog).to_be_hidden()
    assert not CodePool.objects.get().is_on
    page.locator("button[value=confirm]").click()
    dialog.locator("button[value=switch-on]").click()
    page.wait_for_url(re.compile(r"/change/#panel-promo-codes$"))
    assert CodePool.objects.get().is_on

    assert work().status == "done"
    assert PromoCode.objects.filter(state=PromoCode.State.ASSIGNED).count() == 12
    take_readings(at=now())
    check_stock(pool=pool, at=now())
    assert sorted(Email.objects.filter(name="stock-low").values_list("to", flat=True)) == [
        "ada@example.com",
        "bea@example.com",
    ]
    page.reload()
    with page.expect_navigation():
        page.locator("#on-widgets").check()
    assert CodePool.objects.get().on_widgets
    visit.assert_sound("promo-codes-on")


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_panel_of_a_stock_is_sound(open_as, member, program, look):
    pool = make_pool(program=program, notify_at=50, on_widgets=True)
    stock_pool(pool, *(f"SPRING-{number}" for number in range(30)))
    take_readings(at=now() - timedelta(days=3))
    visit = open_as(member, look)

    visit.open(f"/admin/programs/program/{program.pk}/change/").locator("#panel-promo-codes summary").click()

    visit.assert_sound("promo-codes-panel")


@pytest.mark.parametrize("look", LOOKED_AT, ids=str)
def test_overview_with_a_stock_that_runs_low_is_sound(open_as, member, program, look):
    stock_pool(make_pool(program=program, stock_level="low", notify_at=50), "SPRING-1")
    visit = open_as(member, look)

    visit.open("/admin/")

    visit.assert_sound("promo-codes-overview")


def test_a_number_out_of_bounds_is_named_before_anything_is_asked(open_as, member, program):
    visit = open_as(member)
    page = open_set_up(visit, program)
    said = "Say how many codes each advocate gets, from 1 to 100."
    page.locator("input[name=codes_each]").fill("101")
    expect(page.locator("[data-unsaid]")).to_have_text(said)
    assert [number_of(page, name) for name in ("each", "needed", "missing")] == ["–", "–", "–"]
    expect(page.locator("[data-enough]")).to_be_hidden()

    with page.expect_navigation():
        page.locator("button[value=confirm]").click()

    expect(page.locator("#switch-on-dialog")).to_be_hidden()
    expect(page.locator(".field").get_by_text(said)).to_be_visible()
    assert page.locator("input[name=codes_each]").input_value() == "101"


def test_a_refusal_is_read_from_the_left_on_a_phone(open_as, member, program):
    job = checked(program, "ABC", "abc")
    page = open_as(member, Look(is_wide=False)).open(f"/admin/jobs/job/{job.public_id}/")

    refusal = page.locator("#rows td.reading").first

    expect(refusal).to_contain_text("Row 1 has the same code")
    assert refusal.evaluate("cell => getComputedStyle(cell).textAlign") == "left"
    assert refusal.evaluate("cell => getComputedStyle(cell.previousElementSibling).textAlign") == "right"


def test_without_scripts_save_leads_to_a_page_that_asks(browser, live_server, member, program, client):
    client.force_login(member)
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.session.session_key, "url": live_server.url}])
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/programs/program/{program.pk}/promo-codes/")

    page.locator("input[name=codes_each]").fill("4")
    page.locator("button[value=confirm]").click()
    assert not CodePool.objects.exists()
    page.locator("button[value=switch-on]").click()

    pool = CodePool.objects.get()
    assert (pool.codes_each, pool.is_on, Job.objects.get().type) == (4, True, "give-codes")
    page.locator("#on-widgets").check()
    with page.expect_navigation():
        page.locator("#panel-promo-codes form button").click()
    assert CodePool.objects.get().on_widgets
    context.close()
