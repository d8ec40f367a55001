"""The list of conversions and an order's page: what came of it, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from advocate.lib.clock import now
from programs.operations import index_participants
from rewards.models import Reward
from team.models import AuditEntry, Role
from tests.conftest import NOON
from tests.factories import make_conversion, make_participant, make_program, make_referral, make_reward, make_touch
from tests.query_counts import counted_queries
from tests.rewards.pages import text_of

pytestmark = pytest.mark.django_db

LIST = reverse("admin:programs_conversion_changelist")
DAY = timedelta(days=1)


def page_of(conversion):
    return reverse("admin:programs_conversion_change", args=[conversion.pk])


def orders_in(page):
    return [shown.order_id for shown in page.context["cl"].result_list]


@pytest.fixture
def orders():
    """Return one order of each state, by its number."""
    at = now()
    friend = make_participant(first_name="Ben", last_name="Okafor", email="ben@example.com")
    advocate = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    index_participants(participants=[friend, advocate])
    referral = make_referral(program=make_program(name="Spring"), referred=friend, referrer=advocate)
    counted = {"friend": friend, "advocate": advocate, "referral": referral, "program": referral.program}
    refused = {"status": "not_attributed", "outcome": "code_used", "worked_at": at}
    money = {"amount": 12345, "currency": "EUR", "exponent": 2}
    made = (
        make_conversion(
            order_id="A-1", status="attributed", outcome="attributed", worked_at=at, happened_at=at, **counted, **money
        ),
        make_conversion(
            order_id="B-2",
            promo_code="Gone-7",
            customer_id="c-42",
            customer_email="Someone@Example.com",
            happened_at=at - 20 * DAY,
            **refused,
        ),
        make_conversion(order_id="C-3", happened_at=at - 40 * DAY),
        make_conversion(
            order_id="D-4",
            status="attributed",
            outcome="attributed",
            worked_at=at,
            reversed_at=at,
            reversal_reason="Sent back",
            happened_at=at - 50 * DAY,
            **counted,
        ),
    )
    return {order.order_id: order for order in made}


def test_the_list_tells_whose_order_counts_for_whom_and_why_another_does_not(desk, orders):
    with counted_queries("conversions.list"):
        content = text_of(desk.get(LIST))

    for shown in ("Ben Okafor", "Ana García", "€123.45", "Someone@Example.com", "Code used before", "Waiting"):
        assert shown in content


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"status": "attributed"}, ["A-1"]),
        ({"status": "not_attributed"}, ["B-2"]),
        ({"status": "queued"}, ["C-3"]),
        ({"status": "reversed"}, ["D-4"]),
        ({"program": "{spring}"}, ["A-1", "D-4"]),
        ({"ordered": "30-days"}, ["A-1", "B-2"]),
        ({"q": "B-2"}, ["B-2"]),
        ({"q": "b-2"}, []),
        ({"q": "gone-7"}, ["B-2"]),
        ({"q": "c-42"}, ["B-2"]),
        ({"q": "SOMEONE@example.com"}, ["B-2"]),
        ({"q": "okafor"}, ["A-1", "D-4"]),
        ({"q": "ana", "status": "reversed"}, ["D-4"]),
        ({"q": "nothing"}, []),
    ],
)
def test_the_list_is_narrowed_and_searched(desk, orders, asked, found):
    asked = {name: value.format(spring=orders["A-1"].program_id) for name, value in asked.items()}

    assert orders_in(desk.get(LIST, asked)) == found


def test_an_orders_page_leads_to_the_referral_and_shows_what_was_sent(desk, orders):
    order = orders["A-1"]
    make_touch(
        conversion=order,
        friend=order.friend,
        advocate=order.advocate,
        program=order.program,
        referral=order.referral,
        text="ANA-1",
        door="conversion",
        outcome="attributed",
    )

    with counted_queries("conversions.page"):
        content = text_of(desk.get(page_of(order)))

    assert f'href="{reverse("admin:programs_referral_change", args=[order.referral_id])}"' in content
    for shown in ("Order A-1", "ANA-1", "The order counts for", order.public_id, "€123.45"):
        assert shown in content


def test_an_order_that_does_not_count_says_why(desk, orders):
    content = text_of(desk.get(page_of(orders["B-2"])))

    assert "The order counts for no advocate." in content
    assert "It is not known who ordered" in content


def test_a_reversed_order_says_so_and_why(desk, orders):
    content = text_of(desk.get(page_of(orders["D-4"])))

    assert "Reversed" in content
    assert "Sent back" in content


def test_an_orders_page_takes_no_changes(desk, orders):
    assert desk.post(page_of(orders["A-1"]), {"order_id": "Z-9"}).status_code == 405

    orders["A-1"].refresh_from_db()
    assert orders["A-1"].order_id == "A-1"


def test_an_empty_list_says_where_orders_come_from(desk):
    assert "No conversions yet" in text_of(desk.get(LIST))


def test_an_amount_of_zero_is_shown_as_one(desk):
    make_conversion(order_id="FREE", amount=0, currency="JPY", exponent=0, happened_at=NOON)

    assert "¥0" in text_of(desk.get(LIST))


# Reversing an order


@pytest.fixture
def paid(orders):
    """Return an order that gave a reward of which a part is redeemed, and one that nobody touched."""
    order = orders["A-1"]
    make_reward(participant=order.advocate, conversion=order, referral=order.referral, amount=3000, redeemed=1000)
    make_reward(participant=order.friend, conversion=order, referral=order.referral, amount=500)
    return order


def reverse_of(order):
    return reverse("admin:programs_conversion_reverse", args=[order.pk])


def test_before_an_order_is_reversed_the_page_says_what_would_stay(desk, paid):
    with counted_queries("conversions.reverse"):
        content = text_of(desk.get(reverse_of(paid)))

    assert "$10.00 of $30.00 had been redeemed and stays redeemed." in content
    assert "It is cancelled." in content
    assert f'href="{reverse_of(paid)}"' in text_of(desk.get(page_of(paid)))
    assert set(Reward.objects.values_list("status", flat=True)) == {"AVAILABLE"}


def test_reversing_cancels_what_can_be_cancelled_and_says_what_stays(desk, admin, paid):
    answer = desk.post(reverse_of(paid), {"reason": "Sent back"}, follow=True)

    paid.refresh_from_db()
    assert (paid.reversal_reason, paid.reversed_at is not None) == ("Sent back", True)
    assert set(Reward.objects.values_list("status", flat=True)) == {"CANCELLED"}
    content = text_of(answer)
    assert "The order was reversed. 2 rewards were cancelled." in content
    assert "Ana García: $10.00 of $30.00 had been redeemed and stays redeemed." in content
    assert reverse_of(paid) not in content
    assert AuditEntry.objects.get(action="conversion.reversed").user == admin


def test_a_reversal_needs_a_reason(desk, paid):
    assert "field__error" in text_of(desk.post(reverse_of(paid), {"reason": " "}))

    paid.refresh_from_db()
    assert paid.reversed_at is None


def test_an_order_is_reversed_once(desk, orders):
    order = orders["D-4"]

    answer = desk.post(reverse_of(order), {"reason": "Again"}, follow=True)

    order.refresh_from_db()
    assert order.reversal_reason == "Sent back"
    assert "The order was reversed before." in text_of(answer)


@pytest.mark.parametrize(("role", "may"), [(Role.VIEWER, False), (Role.SUPPORT, True)])
def test_who_may_cancel_rewards_may_reverse_an_order(log_in, paid, role, may):
    browser = log_in(role)

    assert (reverse_of(paid) in text_of(browser.get(page_of(paid)))) == may
    assert browser.post(reverse_of(paid), {"reason": "Sent back"}).status_code == (302 if may else 403)
    paid.refresh_from_db()
    assert (paid.reversed_at is not None) == may
