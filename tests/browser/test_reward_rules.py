"""Reward rules as an admin makes them: from Program Rules to a rule, its e-mail, and what it gave for an order."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from outbox.models import Email
from rewards.models import RewardRule
from rewards.rules import give_for_conversion
from tests.browser.visits import Look
from tests.conftest import NOON
from tests.factories import make_attributed_order, make_participant, make_program, make_referral, make_rule, make_unit

pytestmark = pytest.mark.django_db(transaction=True)
LOOKED_AT = [Look(), Look(is_wide=False), Look(language="zh-hans", is_wide=False)]


@pytest.fixture(autouse=True)
def _no_broker(settings, tmp_path):
    settings.VAR_DIR = tmp_path


def test_a_rule_is_made_by_clicks_and_rewards_the_next_order(open_as, member):
    program = make_program(name="Spring")
    make_unit("CASH/USD")
    visit = open_as(member, Look())
    page = visit.open(f"/admin/programs/program/{program.pk}/change/")

    page.locator("#panel-reward-rules").get_by_role("link", name="Add rule").click()
    page.get_by_label("Name").fill("Thank you")
    page.get_by_text("A percentage of the order", exact=True).click()
    page.get_by_role("textbox", name="Percentage of the order").fill("10")
    page.get_by_label("Unit", exact=True).select_option(label="CASH/USD · CASH/USD")
    page.get_by_label("Tell them by e-mail").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/change/#panel-reward-rules")

    expect(page.locator("#panel-reward-rules")).to_contain_text("the advocate gets 10% of the order as CASH/USD")
    assert RewardRule.objects.get().order_share == 1000
    advocate = make_participant(email="ada@example.org")
    order = make_attributed_order(referral=make_referral(program=program, referrer=advocate))
    give_for_conversion(conversion=order, at=NOON)
    assert Email.objects.get().subject == "Thank you! You earned $20.00"


def test_the_form_shows_what_belongs_to_the_choices_made(open_as, member):
    program = make_program()
    page = open_as(member, Look()).open(f"/admin/rewards/rewardrule/add/?program={program.pk}")
    to_friend = page.get_by_text("To the friend, in English")

    expect(page.get_by_label("Value")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Percentage off", include_hidden=True)).to_be_hidden()
    expect(to_friend).to_be_hidden()
    page.get_by_label("Tell them by e-mail").check()
    page.get_by_text("Both", exact=True).click()
    expect(to_friend).to_be_visible()
    page.get_by_text("A friend signs up", exact=True).click()
    expect(page.get_by_label("Smallest order")).to_be_hidden()


def test_an_email_is_previewed_beside_the_form_which_can_be_saved_after(open_as, member):
    program = make_program(name="Spring")
    make_unit("CASH/USD")
    page = open_as(member, Look()).open(f"/admin/rewards/rewardrule/add/?program={program.pk}")
    page.get_by_label("Name").fill("Thank you")
    page.get_by_label("Value").fill("10")
    page.get_by_label("Unit", exact=True).select_option(index=1)
    page.get_by_label("Tell them by e-mail").check()

    with page.expect_popup() as opened:
        page.get_by_role("button", name=re.compile("Preview: To the advocate, in English")).click()
    expect(opened.value.get_by_role("heading")).to_have_text("Thank you! You earned $10.00")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/change/#panel-reward-rules")

    assert RewardRule.objects.get().name == "Thank you"


@pytest.mark.parametrize("look", LOOKED_AT, ids=str)
def test_the_pages_of_rules_are_sound(open_as, member, look):
    order = make_attributed_order()
    rule = make_rule(program=order.program, audience="BOTH", limit_each=1)
    give_for_conversion(conversion=order, at=NOON)
    give_for_conversion(conversion=make_attributed_order(referral=order.referral), at=NOON)
    visit = open_as(member, look)
    pages = {
        "rules-of-program": f"/admin/programs/program/{order.program_id}/change/",
        "rule": f"/admin/rewards/rewardrule/{rule.pk}/change/",
        "rule-form": f"/admin/rewards/rewardrule/{rule.pk}/edit/",
        "rules": "/admin/rewards/rewardrule/",
        "rewards-of-order": f"/admin/programs/conversion/{order.pk}/change/",
        "nothing-given": f"/admin/programs/referral/{order.referral_id}/change/",
    }
    for name, address in pages.items():
        visit.open(address)
        visit.assert_sound(name)
