"""A participant's activity: one timeline of what every app knows of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outbox.emails import Message
from outbox.operations import owe_email
from programs.models import EventSubmission, ParticipantEvent
from rewards.happenings import MAILS_TO_PARTICIPANTS
from rewards.operations import redeem_reward, reverse_redemption
from tests.conftest import NOON
from tests.factories import make_conversion, make_participant, make_program, make_referral, make_reward, make_touch
from tests.query_counts import counted_queries
from tests.rewards.pages import text_of

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def ben():
    return make_participant(first_name="Ben", last_name="Okafor", email="Ben@example.com")


def owe_mail(to, *, name, subject, at):
    message = Message(to=to, subject=subject, text="A", html="<p>A</p>", language="en", name=name)
    owe_email(key=subject, message=message, at=at)


def test_everything_is_told_in_the_order_in_which_it_happened(desk, ben, by):
    spring = make_program(name="Spring")
    ana = make_participant(first_name="Ana", last_name="García")
    make_touch(friend=ben, text="GONE-1", outcome="code_expired", program=spring, at=NOON)
    referral = make_referral(referrer=ana, referred=ben, program=spring, date_started=NOON + HOUR)
    make_touch(
        friend=ben,
        text="ANA-1",
        outcome="attributed",
        program=spring,
        advocate=ana,
        referral=referral,
        at=NOON + HOUR,
    )
    submission = EventSubmission.objects.create(participant=ben, sent_by="Shop", received_at=NOON)
    ParticipantEvent.objects.create(
        submission=submission, participant=ben, key="signed_up", triggered_at=NOON + 2 * HOUR, received_at=NOON
    )
    make_conversion(friend=ben, program=spring, order_id="A-77", happened_at=NOON + 3 * HOUR)
    reward = make_reward(participant=ben, name="Welcome", date_created=NOON + 4 * HOUR, date_given=NOON + 4 * HOUR)
    owe_mail("ben@EXAMPLE.com", name=MAILS_TO_PARTICIPANTS[0], subject="You got $30", at=NOON + 5 * HOUR)
    owe_mail("ben@example.com", name="password-reset", subject="Reset your password", at=NOON + 5 * HOUR)
    entry = redeem_reward(reward=reward, amount=1000, key="k", by=by, at=NOON + 6 * HOUR)
    reverse_redemption(entry=entry, by=by, at=NOON + 7 * HOUR, note="Wrong one")

    with counted_queries("participant activity, with everything", most=18):
        page = text_of(desk.get(f"/admin/programs/participant/{ben.pk}/change/?tab=activity"))

    told = (
        "A redemption was reversed:",
        "Redeemed:",
        "You got $30",
        "Got a reward:",
        "A-77",
        "signed_up",
        "Was referred by",
        "GONE-1",
    )
    places = [page.index(text, page.index("<tbody>")) for text in told]
    assert places == sorted(places)
    assert "had expired." in page
    assert "Reset your password" not in page
    assert "ANA-1" not in page.partition("<tbody>")[2]


def test_rewards_that_ended_are_told_of_when_they_ended(desk, ben):
    make_reward(
        participant=ben,
        name="Late",
        status="CANCELLED",
        date_created=NOON - 100 * HOUR,
        date_given=None,
        date_cancelled=NOON + HOUR,
        cancelled_reason="Order sent back",
    )
    make_reward(participant=ben, name="Old", status="EXPIRED", date_created=NOON - 90 * HOUR, date_expires=NOON)
    for number in range(30):
        make_reward(participant=ben, name=f"R{number}", date_created=NOON - (number + 2) * HOUR)

    page = text_of(desk.get(f"/admin/programs/participant/{ben.pk}/change/?tab=activity")).partition("<tbody>")[2]

    assert page.index("A reward was cancelled:") < page.index("A reward expired:") < page.index("R0<")
    assert "Order sent back" in page
    assert "?tab=activity&amp;p=2" in page


def test_an_order_that_was_reversed_is_told_of_twice(desk, ben):
    times = {"happened_at": NOON, "reversed_at": NOON + HOUR, "reversal_reason": "Sent back"}
    make_conversion(friend=ben, order_id="A-77", **times)

    page = text_of(desk.get(f"/admin/programs/participant/{ben.pk}/change/?tab=activity")).partition("<tbody>")[2]

    assert page.index("An order was reversed:") < page.index("Sent back") < page.index("Ordered:")


def test_the_header_names_who_referred_a_participant(desk, ben):
    ana = make_participant(first_name="Ana", last_name="García")
    make_referral(referrer=ana, referred=ben)

    page = text_of(desk.get(f"/admin/programs/participant/{ben.pk}/change/?tab=rewards"))

    assert f'<dt>Referred by</dt><dd><a href="/admin/programs/participant/{ana.pk}/change/">Ana García</a></dd>' in page


def test_an_advocate_of_several_programs_is_named_once(desk, ben):
    ana = make_participant(first_name="Ana", last_name="García")
    for _number in range(2):
        make_referral(referrer=ana, referred=ben)

    page = text_of(desk.get(f"/admin/programs/participant/{ben.pk}/change/?tab=rewards"))

    assert page.count(">Ana García</a>") == 1


def test_nobody_is_named_where_nobody_referred_them(desk, ben):
    page = text_of(desk.get(f"/admin/programs/participant/{ben.pk}/change/?tab=rewards"))

    assert "Referred by" not in page
