"""What a person in support does with codes: find who used one, whose it was, withdraw one and give another."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from programs.operations import index_participants
from promocodes.models import PromoCode
from promocodes.operations import use_code
from tests.browser.visits import LOOKS, Look
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool

HOLDERS = "/admin/promocodes/codeholder/"


@pytest.fixture(autouse=True)
def codes(member):
    """Give Ana two codes, one of them used by Ben, and keep one in stock."""
    pool = make_pool(program=make_program(name="Spring"), codes_each=2, notify_at=1, on_widgets=True)
    ana = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    ben = make_participant(first_name="Ben", last_name="Okafor", email="ben@example.com")
    index_participants(participants=[ana, ben])
    make_code("FREE-1", pool=pool, participant=ana, copied_at=NOON)
    make_code("USED-1", pool=pool, participant=ana)
    use_code(code="USED-1", key="order-77", friend=ben, at=NOON)
    stock_pool(pool, "NEXT-1", "NEXT-2")
    return {"pool": pool, "ana": ana, "ben": ben, "used": PromoCode.objects.get(code="USED-1")}


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_pages_of_code_manager_are_sound(open_as, member, codes, look):
    pool, ana, used = codes["pool"], codes["ana"], codes["used"]
    pages = {
        "code-pools": "/admin/promocodes/codepool/",
        "code-pool": f"/admin/promocodes/codepool/{pool.pk}/change/",
        "code-holders": HOLDERS,
        "codes": "/admin/promocodes/promocode/",
        "code-batches": "/admin/promocodes/codebatch/",
        "code-batch": f"/admin/promocodes/codebatch/{used.batch_id}/change/",
        "view-codes": f"{HOLDERS}of/{ana.pk}/",
        "code": f"/admin/promocodes/promocode/{used.pk}/change/",
        "participant-codes": f"/admin/programs/participant/{ana.pk}/change/?tab=codes",
    }
    visit = open_as(member, look)

    for name, path in pages.items():
        visit.open(path)
        visit.assert_sound(name)


@pytest.mark.parametrize("look", [Look(), Look(language="zh-hans", is_wide=False)], ids=str)
def test_the_filters_of_a_list_fit_the_page(open_as, member, look):
    visit = open_as(member, look)
    page = visit.open("/admin/promocodes/promocode/")

    page.locator("details.filters summary").click()

    visit.assert_sound("filters")
    page.locator("details.filters a[href*='copied=yes']").click()
    expect(page.locator("main")).to_contain_text("FREE-1")
    expect(page.locator("main")).not_to_contain_text("USED-1")


def test_choosing_the_participant_shows_all_about_their_codes(open_as, member, codes):
    page = open_as(member).open("/admin/")

    page.get_by_role("link", name="Code Manager").first.click()
    page.get_by_role("link", name="Advocates").click()
    page.get_by_role("link", name="Ana García").first.click()

    expect(page.get_by_role("heading", name="View codes", level=1)).to_be_visible()
    used = page.get_by_role("row").filter(has_text="USED-1")
    expect(used).to_contain_text("One-time use")
    expect(used.get_by_role("link", name="Ben Okafor")).to_be_visible()


def test_which_code_a_friend_used_and_whose_it_was_is_three_clicks_away(open_as, member, codes):
    page = open_as(member).open(f"/admin/programs/participant/{codes['ben'].pk}/change/")

    page.get_by_role("link", name="Codes and links").click()
    used = page.get_by_role("row").filter(has_text="USED-1")
    expect(used.get_by_role("link", name="Ana García")).to_be_visible()
    expect(used).to_contain_text("order-77")
    used.get_by_role("link", name="USED-1").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("USED-1")
    expect(page.get_by_text("Used", exact=True).first).to_be_visible()


@pytest.mark.parametrize("look", [Look(), Look(is_wide=False)], ids=str)
def test_a_code_is_withdrawn_in_a_dialog_and_another_takes_its_place(open_as, member, codes, look):
    visit = open_as(member, look)
    page = visit.open(f"{HOLDERS}of/{codes['ana'].pk}/")

    page.get_by_role("row").filter(has_text="FREE-1").get_by_role("link", name="Withdraw").click()
    dialog = page.get_by_role("dialog", name="Withdraw FREE-1?")
    dialog.get_by_label("Reason").fill("Posted on a coupon site")
    visit.assert_sound("withdraw-dialog")
    dialog.get_by_role("button", name="Withdraw code").click()

    expect(page.get_by_text("The code FREE-1 was withdrawn.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="FREE-1")).to_contain_text("Withdrawn")
    assert PromoCode.objects.get(code="FREE-1").state == PromoCode.State.WITHDRAWN


def test_an_advocate_who_asks_for_more_gets_a_code(open_as, member, codes):
    page = open_as(member).open(f"/admin/programs/participant/{codes['ana'].pk}/change/?tab=codes")

    page.get_by_role("link", name="Add referral code").click()
    page.get_by_role("link", name="Promo code").click()
    page.get_by_label("A new one that nobody can guess").check()
    page.get_by_role("button", name="Add referral code").click()

    expect(page.get_by_text("Ana García has the code")).to_be_visible()
    assert PromoCode.objects.get(is_extra=True).participant == codes["ana"]
