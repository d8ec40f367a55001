"""Adding a participant's referrer by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from programs.models import Referral, Touch
from programs.operations import index_participants
from rewards.attribution.by_hand import add_referrer
from team.models import AuditEntry, Role
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_program, make_referral, make_referral_code
from tests.query_counts import counted_queries
from tests.rewards.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def friend():
    return make_participant(first_name="Ben", last_name="Okafor", email="ben@example.com")


@pytest.fixture
def code():
    """Return the code of an advocate whom a search finds."""
    ana = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    index_participants(participants=[ana])
    return make_referral_code(participant=ana, program=make_program(name="Spring"), code="ANA-1")


def page_of(friend, query=""):
    return reverse("admin:programs_participant_add_referrer", args=[friend.pk]) + query


def friend_url(friend):
    return reverse("admin:programs_participant_change", args=[friend.pk]) + "?tab=referrals"


def test_a_code_makes_its_advocate_the_referrer(desk, admin, friend, code):
    response = desk.post(page_of(friend), {"code": " ana-1 "})

    assert (response.status_code, response["Location"]) == (302, friend_url(friend))
    referral = Referral.objects.get()
    assert (referral.referred, referral.referrer, referral.program) == (friend, code.participant, code.program)
    assert (referral.source, referral.code_used) == ("manual", "ANA-1")
    touch = Touch.objects.get()
    assert (touch.door, touch.outcome, touch.sent_by) == ("manual", "attributed", "admin@example.com")
    entry = AuditEntry.objects.get(action="participant.referrer_added")
    assert (entry.object_id, entry.user) == (str(friend.pk), admin)
    assert entry.changes["referrer"] == ["", "Ana García"]


def test_a_promo_code_is_used_up_by_it(friend, by):
    promo = make_code("PROMO-1", participant=make_participant())

    referral = add_referrer(friend=friend, code="PROMO-1", by=by, at=NOON)

    promo.refresh_from_db()
    assert (promo.use_count, referral.referrer) == (1, promo.participant)


@pytest.mark.parametrize("typed", ["NOBODYS", "ana-1"])
def test_what_is_refused_is_shown_in_words_and_kept_as_a_touch(desk, friend, code, typed):
    first = make_referral(referred=friend, program=code.program)

    content = text_of(desk.post(page_of(friend), {"code": typed}))

    reason = {"NOBODYS": "Unknown code", "ana-1": "Referred by someone else before"}[typed]
    words = {"NOBODYS": "There was no code and no share link", "ana-1": "The first valid code counts."}[typed]
    assert words in content
    assert list(Referral.objects.all()) == [first]
    assert [touch.get_outcome_display() for touch in Touch.objects.all()] == [reason]
    assert not AuditEntry.objects.filter(action="participant.referrer_added").exists()


def test_nobody_refers_themselves(desk, code):
    content = text_of(desk.post(page_of(code.participant), {"code": "ANA-1"}))

    assert "own code. Nobody refers themselves." in content
    assert not Referral.objects.exists()


def test_the_same_again_changes_nothing(friend, code, by):
    first = add_referrer(friend=friend, code="ANA-1", by=by, at=NOON)

    again = add_referrer(friend=friend, code="ana-1", by=by, at=NOON + timedelta(seconds=1))

    assert (again, Referral.objects.count()) == (first, 1)
    assert AuditEntry.objects.filter(action="participant.referrer_added").count() == 1


def test_spaces_are_no_code(desk, friend):
    assert "field__error" in text_of(desk.post(page_of(friend), {"code": "   "}))
    assert not Touch.objects.exists()


def test_the_advocate_is_found_by_name_and_chosen(desk, friend, code):
    blocked = make_participant(first_name="Ana", last_name="Gone", date_blocked=NOON)
    index_participants(participants=[blocked, friend])
    make_referral_code(participant=blocked, program=code.program)
    make_referral_code(participant=code.participant, program=make_program(status="paused"), code="ANA-2")

    with counted_queries("participant add referrer, searched"):
        content = text_of(desk.get(page_of(friend, "?q=ana")))

    assert 'name="code" value="ANA-1"' in content
    assert "ANA-2" not in content
    assert "Gone" not in content


def test_whom_nobody_is_found_by_that_is_said(desk, friend):
    assert "Nobody found who can refer" in text_of(desk.get(page_of(friend, "?q=zzz")))


@pytest.mark.parametrize(("role", "may"), [(Role.VIEWER, False), (Role.SUPPORT, True), (Role.PROGRAM_MANAGER, True)])
def test_who_handles_participants_may_add_a_referrer(log_in, friend, code, role, may):
    browser = log_in(role)

    assert (page_of(friend) in text_of(browser.get(friend_url(friend)))) == may
    assert browser.post(page_of(friend), {"code": "ANA-1"}).status_code == (302 if may else 403)
    assert Referral.objects.exists() == may
