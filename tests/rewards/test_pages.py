from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from advocate.lib.clock import now
from rewards.models import Reward, RewardEntry
from rewards.operations import cancel_reward, redeem_reward, reverse_redemption
from rewards.search import find_rewards
from team.audit import SYSTEM
from team.models import Role
from tests.factories import make_catalog_reward, make_participant, make_program, make_reward, make_unit
from tests.query_counts import counted_queries
from tests.rewards.pages import text_of, url_of

pytestmark = pytest.mark.django_db


def make_many() -> None:
    program = make_program()
    for number in range(30):
        make_reward(
            participant=make_participant(),
            program=program,
            unit=make_unit(["CASH/USD", "POINT"][number % 2]),
            amount=500,
        )


# The feed


def test_the_feed_lists_rewards_with_their_value_in_a_steady_number_of_queries(desk):
    make_many()

    with counted_queries("rewards.feed"):
        response = desk.get(url_of("reward_changelist"))

    assert response.status_code == 200
    assert "$5.00" in text_of(response)
    assert text_of(response).count("badge--success") == 30


def test_an_empty_feed_says_where_rewards_come_from(desk):
    assert "Open a participant and choose Add Reward" in text_of(desk.get(url_of("reward_changelist")))


@pytest.mark.parametrize("query", ["{public_id}", "  {public_id} "])
def test_the_feed_finds_a_reward_by_its_id(desk, query):
    wanted, other = make_reward(name="Wanted"), make_reward(name="Other")

    content = text_of(desk.get(url_of("reward_changelist"), {"q": query.format(public_id=wanted.public_id)}))

    assert "Wanted" in content
    assert "Other" not in content
    assert other.public_id not in content


@pytest.mark.parametrize(
    "filters",
    [
        {"status__exact": "PENDING"},
        {"source__exact": "REFERRED"},
        {"type__exact": "PCT_DISCOUNT"},
        {"unit__id__exact": "{points}"},
    ],
)
def test_the_feed_is_filtered(desk, filters):
    make_reward(name="Ordinary one")
    points = make_unit("POINT")
    make_reward(name="Waiting one", status="PENDING")
    make_reward(name="Referred one", source="REFERRED")
    make_reward(name="Discount one", type="PCT_DISCOUNT", unit=None, amount=5)
    make_reward(name="Points one", unit=points)
    filters = {name: value.format(points=points.pk) for name, value in filters.items()}

    content = text_of(desk.get(url_of("reward_changelist"), filters))

    shown = [name for name in ("Ordinary", "Waiting", "Referred", "Discount", "Points") if f">{name} one<" in content]
    assert len(shown) == 1
    assert shown != ["Ordinary"]


# A reward's page


def test_a_rewards_page_shows_its_ledger_with_who_did_it(desk, by, at):
    reward = make_reward(name="Thank you", customer_note="Enjoy", internal_note="VIP")
    entry = redeem_reward(reward=reward, amount=1000, key="a", by=by, at=at, note="Invoice 7")
    redeem_reward(reward=reward, amount=500, key="b", by=by, at=at)
    reverse_redemption(entry=entry, by=by, at=at, note="Wrong one")

    with counted_queries("rewards.reward"):
        response = desk.get(url_of("reward_change", reward.pk))

    content = text_of(response)
    for text in ("Thank you", "Enjoy", "VIP", "Invoice 7", "Wrong one", "Redeemed, then reversed", "admin@example.com"):
        assert text in content
    assert "$25.00" in content


def test_an_expired_reward_shows_as_expired_before_the_task_has_run(desk):
    reward = make_reward(date_expires=now() - timedelta(hours=1))

    content = text_of(desk.get(url_of("reward_change", reward.pk)))

    assert "Expired" in content
    assert "redeem-dialog" not in content
    assert "cancel-dialog" not in content


def test_an_unknown_reward_leads_back_to_the_overview(desk):
    assert desk.get(url_of("reward_change", 404)).status_code == 302


def test_the_page_takes_no_changes(desk):
    reward = make_reward(name="Before")

    assert desk.post(url_of("reward_change", reward.pk), {"name": "After"}).status_code == 405

    reward.refresh_from_db()
    assert reward.name == "Before"


# Redeem, cancel, reverse


def test_a_part_is_redeemed_by_hand(desk, reward_of_30, admin):
    response = desk.post(url_of("reward_redeem", reward_of_30.pk), {"key": "k", "amount": "10.55", "note": "Invoice 7"})

    assert response.status_code == 302
    reward_of_30.refresh_from_db()
    entry = RewardEntry.objects.get()
    assert (reward_of_30.redeemed, entry.amount, entry.note, entry.user_id) == (1055, 1055, "Invoice 7", admin.pk)


def test_the_form_offers_all_that_is_left(desk):
    reward = make_reward(amount=3000, redeemed=1055)

    assert 'value="19.45"' in text_of(desk.get(url_of("reward_redeem", reward.pk)))


def test_a_double_click_redeems_once(desk, reward_of_30):
    form = {"key": "k", "amount": "10.55", "note": ""}

    desk.post(url_of("reward_redeem", reward_of_30.pk), form)
    desk.post(url_of("reward_redeem", reward_of_30.pk), form)

    reward_of_30.refresh_from_db()
    assert reward_of_30.redeemed == 1055


@pytest.mark.parametrize("amount", ["", "0", "-1", "10.555", "10,55", "$5", "30.01", "abc"])
def test_an_amount_that_makes_no_sense_is_refused_with_a_sentence(desk, reward_of_30, amount):
    response = desk.post(url_of("reward_redeem", reward_of_30.pk), {"key": "k", "amount": amount, "note": ""})

    assert response.status_code == 200
    assert "field__error" in text_of(response) or "note--danger" in text_of(response)
    reward_of_30.refresh_from_db()
    assert reward_of_30.redeemed == 0
    assert not RewardEntry.objects.exists()


def test_a_reward_is_cancelled_with_a_reason(desk, reward_of_30):
    desk.post(url_of("reward_cancel", reward_of_30.pk), {"reason": "Order returned"})

    reward_of_30.refresh_from_db()
    assert (reward_of_30.status, reward_of_30.cancelled_reason) == ("CANCELLED", "Order returned")


def test_who_is_asked_whether_to_cancel_is_not_offered_cancel_twice(desk, reward_of_30):
    content = text_of(desk.get(url_of("reward_cancel", reward_of_30.pk)))

    assert ("Keep it" in content, ">Cancel</a>" in content) == (True, False)


def test_cancelling_a_redeemed_reward_says_why_not(desk):
    reward = make_reward(status="REDEEMED")

    response = desk.post(url_of("reward_cancel", reward.pk), {"reason": "Order returned"})

    assert "cannot be cancelled" in text_of(response)
    reward.refresh_from_db()
    assert reward.status == "REDEEMED"


def test_a_redemption_is_reversed_with_a_reason(desk, reward_of_30, at):
    entry = redeem_reward(reward=reward_of_30, amount=3000, key="a", by=SYSTEM, at=at)

    desk.post(url_of("entry_reverse", entry.pk), {"reason": "Wrong person"})

    reward_of_30.refresh_from_db()
    assert (reward_of_30.status, reward_of_30.redeemed) == ("AVAILABLE", 0)


def test_a_form_that_is_of_no_use_leads_back_to_the_reward_and_says_why(desk, reward_of_30, at):
    entry = redeem_reward(reward=reward_of_30, amount=3000, key="a", by=SYSTEM, at=at)
    card = make_reward(type="INTEGRATION")

    pages = (url_of("reward_redeem", card.pk), url_of("reward_redeem", reward_of_30.pk))
    said = [text_of(desk.get(page, follow=True)) for page in pages]
    cancelling = desk.get(url_of("reward_cancel", reward_of_30.pk), follow=True)
    reverse_redemption(entry=entry, by=SYSTEM, at=at)
    reversing = desk.get(url_of("entry_reverse", entry.pk), follow=True)

    assert "Only credit is redeemed here. This reward is of the type “Gift card”." in said[0]
    assert "This reward is already fully redeemed." in said[1]
    assert "This reward cannot be cancelled. Its status is “Redeemed”." in text_of(cancelling)
    assert "This redemption was reversed before." in text_of(reversing)
    assert cancelling.redirect_chain == reversing.redirect_chain == [(url_of("reward_change", reward_of_30.pk), 302)]


# Add Reward


def test_a_reward_is_added_by_unit(desk):
    ada, program, usd = make_participant(), make_program(), make_unit("CASH/USD")
    form = {
        "unit": usd.pk,
        "amount": "10.55",
        "name": "Thanks",
        "program": program.pk,
        "scheduled_for": "",
        "expires": "2040-01-31T10:00",
        "customer_note": "Enjoy",
        "internal_note": "VIP",
    }

    response = desk.post(f"{url_of('reward_add')}?participant={ada.pk}&by=unit", form)

    assert response.status_code == 302
    reward = Reward.objects.get()
    assert (reward.participant, reward.amount, reward.unit, reward.program) == (ada, 1055, usd, program)
    assert (reward.status, reward.source, reward.name) == ("AVAILABLE", "MANUAL", "Thanks")
    assert (reward.customer_note, reward.internal_note, str(reward.date_expires)[:10]) == ("Enjoy", "VIP", "2040-01-31")


def test_a_reward_is_added_from_the_catalog(desk):
    ada, ten = make_participant(), make_catalog_reward(name="Ten", pending_count=3)

    desk.post(f"{url_of('reward_add')}?participant={ada.pk}&by=catalog", {"catalog_reward": ten.pk})

    reward = Reward.objects.get()
    assert (reward.catalog_reward, reward.status, reward.pending_reason) == (ten, "PENDING", "SCHEDULED")


def test_an_amount_with_too_many_digits_is_refused_rather_than_cut_off(desk):
    ada, yen = make_participant(), make_unit("CASH/JPY")

    response = desk.post(f"{url_of('reward_add')}?participant={ada.pk}&by=unit", {"unit": yen.pk, "amount": "10.5"})

    assert "0 decimal places" in text_of(response)
    assert not Reward.objects.exists()


@pytest.mark.parametrize("participant", ["", "0", "x", "９", "9" * 30])
def test_a_reward_for_nobody_is_not_found(desk, participant):
    assert desk.get(url_of("reward_add"), {"participant": participant}).status_code == 404


# Who may do what

VIEWS = ["reward_changelist", "rewardunit_changelist", "catalogreward_changelist"]


@pytest.mark.parametrize("role", Role.values)
def test_everyone_may_look(log_in, role):
    browser = log_in(role)

    assert [browser.get(url_of(name)).status_code for name in VIEWS] == [200, 200, 200]


@pytest.mark.parametrize(
    ("role", "may_handle", "may_configure"),
    [("viewer", False, False), ("support", True, False), ("program_manager", True, True), ("full_access", True, True)],
)
def test_only_who_may_changes_rewards_units_and_the_catalog(log_in, role, may_handle, may_configure):
    reward, unit = make_reward(), make_unit("POINT")
    ada, entry = make_participant(), make_catalog_reward()
    browser = log_in(role)
    handle = [
        f"{url_of('reward_add')}?participant={ada.pk}",
        url_of("reward_redeem", reward.pk),
        url_of("reward_cancel", reward.pk),
    ]
    configure = [
        url_of("rewardunit_add"),
        url_of("rewardunit_change", unit.pk),
        url_of("catalogreward_add"),
        url_of("catalogreward_change", entry.pk),
    ]

    assert {browser.get(url).status_code for url in handle} == {200 if may_handle else 403}
    assert {browser.get(url).status_code for url in configure} == {200 if may_configure else 403}


@pytest.mark.parametrize(("role", "status"), [("support", 403), ("program_manager", 302)])
def test_reversing_is_for_managers(log_in, reward_of_30, at, role, status):
    entry = redeem_reward(reward=reward_of_30, amount=3000, key="a", by=SYSTEM, at=at)

    assert log_in(role).post(url_of("entry_reverse", entry.pk), {"reason": "x"}).status_code == status

    assert RewardEntry.objects.count() == (2 if status == 302 else 1)


def test_a_viewer_sees_a_reward_without_its_buttons(log_in, reward_of_30):
    content = text_of(log_in(Role.VIEWER).get(url_of("reward_change", reward_of_30.pk)))

    assert "redeem-dialog" not in content
    assert "cancel-dialog" not in content


def test_strangers_are_asked_to_log_in(client, reward_of_30):
    assert client.get(url_of("reward_change", reward_of_30.pk)).status_code == 302


@pytest.mark.parametrize("make", [make_unit, make_catalog_reward])
def test_a_form_leads_to_the_history_of_what_it_changes_for_who_may_see_that(desk, log_in, make):
    changed = make()
    name = changed._meta.model_name
    history = f"{reverse('admin:team_auditentry_changelist')}?object_type=rewards.{name}&amp;object_id={changed.pk}"

    assert history in text_of(desk.get(url_of(f"{name}_change", changed.pk)))
    assert history not in text_of(log_in(Role.PROGRAM_MANAGER).get(url_of(f"{name}_change", changed.pk)))


# A participant's tab


def test_balances_have_the_columns_that_somebody_needs_and_one_way_to_add_the_first_reward(desk):
    ada, add = make_participant(), f"{url_of('reward_add')}?participant="
    page = reverse("admin:programs_participant_change", args=[ada.pk]) + "?tab=rewards"
    without = text_of(desk.get(page))
    make_reward(participant=ada, amount=3000, redeemed=1000)
    make_reward(participant=ada, unit=make_unit("POINT", name="Points"), amount=5, status="PENDING")
    make_reward(participant=ada, type="PCT_DISCOUNT", unit=None, amount=15)

    content = text_of(desk.get(page))

    assert (without.count(add), content.count(add)) == (1, 1)
    for text in ("<strong>$20.00</strong>", "$10.00", "0 Points", "5 Points", "Discount"):
        assert text in content
    assert ('data-label="Pending"' in content, 'data-label="Cancelled"' in content) == (True, False)


def test_a_participants_tab_shows_balances_rewards_and_redemptions(desk, by, at):
    ada = make_participant()
    reward = make_reward(participant=ada, name="Thanks", amount=3000)
    for _ in range(20):
        make_reward(participant=ada, unit=make_unit("POINT", name="Points"), amount=5)
    redeem_reward(reward=reward, amount=1000, key="a", by=by, at=at, note="Invoice 7")

    with counted_queries("rewards.participant tab"):
        response = desk.get(reverse("admin:programs_participant_change", args=[ada.pk]), {"tab": "rewards"})

    content = text_of(response)
    for text in ("$20.00", "100 Points", "Thanks", "Invoice 7", "$20.00 left", "admin@example.com"):
        assert text in content


def test_long_lists_of_a_participant_are_paged(desk):
    ada = make_participant()
    for number in range(30):
        make_reward(participant=ada, name=f"Gift {number:02}", date_created=now() + timedelta(minutes=number))
    url = reverse("admin:programs_participant_change", args=[ada.pk])

    first = text_of(desk.get(url, {"tab": "rewards"}))
    second = text_of(desk.get(url, {"tab": "rewards", "rewards": "2"}))

    assert ("Gift 29" in first, "Gift 04" in first) == (True, False)
    assert ("Gift 29" in second, "Gift 04" in second) == (False, True)


def test_the_search_from_any_page_finds_a_reward_by_its_id(reward_of_30, admin):
    (hit,) = find_rewards(reward_of_30.public_id.upper(), 5, admin)

    assert (hit.title, hit.url) == ("Credit · $30.00", url_of("reward_change", reward_of_30.pk))
    assert find_rewards("Ada", 5, admin) == []


@pytest.mark.parametrize(("role", "links"), [(Role.VIEWER, 0), (Role.PROGRAM_MANAGER, 1)])
def test_lists_lead_only_those_to_a_form_who_may_use_it(log_in, role, links):
    unit, entry = make_unit("POINT"), make_catalog_reward(unit=None, type="PCT_DISCOUNT", amount=5)
    browser = log_in(role)

    units = text_of(browser.get(url_of("rewardunit_changelist")))
    catalog = text_of(browser.get(url_of("catalogreward_changelist")))

    assert units.count(url_of("rewardunit_change", unit.pk)) == links
    assert catalog.count(url_of("catalogreward_change", entry.pk)) == links


def test_full_access_sees_on_a_rewards_page_who_changed_it(desk, log_in, reward_of_30, by, at):
    cancel_reward(reward=reward_of_30, reason="Twice", by=by, at=at)
    page = url_of("reward_change", reward_of_30.pk)

    assert "Before and after" in text_of(desk.get(page))
    assert "Before and after" not in text_of(log_in(Role.PROGRAM_MANAGER).get(page))
