from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from programs.models import Participant, Program, ReferralCode
from programs.operations import (
    InvalidValue,
    LandingPageMissing,
    ProgramChangedMeanwhile,
    ProgramDetails,
    ProgramInUse,
    ProgramIsLive,
    ProgramKeyTaken,
    StatusMoveRefused,
    change_program,
    create_program,
    delete_program,
    launch_program,
    pause_program,
    resume_program,
)
from team.models import AuditEntry
from tests.conftest import NOON

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
SPRING = ProgramDetails(name="Spring", main_url="https://shop.example/spring")


def as_stored(program):
    return Program.objects.filter(pk=program.pk).values().get()


def last_action():
    return AuditEntry.objects.latest("pk").action


def test_a_new_program_is_a_draft(by):
    program = create_program(key="Autumn-1", details=SPRING, by=by, at=NOON)

    program.refresh_from_db()
    assert (program.key, program.name, program.status) == ("Autumn-1", "Spring", "draft")
    assert (program.created_at, program.updated_at) == (NOON, NOON)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.object_id) == ("program.created", "ana@example.com", str(program.pk))


@pytest.mark.parametrize("key", ["spring-2026", "SPRING-2026"])
def test_a_taken_key_is_refused_and_names_its_holder(program, by, key):
    with pytest.raises(ProgramKeyTaken, match="“Spring” already has the ID spring-2026"):
        create_program(key=key, details=SPRING, by=by, at=NOON)

    assert Program.objects.count() == 1
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("key", "details", "field"),
    [
        ("", SPRING, "key"),
        ("spring 26", SPRING, "key"),
        ("x" * 65, SPRING, "key"),
        ("x", replace(SPRING, name=""), "name"),
        ("x", replace(SPRING, name="a\x00b"), "name"),
        ("x", replace(SPRING, main_url="javascript:alert(1)"), "main_url"),
        ("x", replace(SPRING, fallback_url="shop"), "fallback_url"),
        ("x", replace(SPRING, cookie_days=-1), "cookie_days"),
        ("x", replace(SPRING, cookie_days=0), "cookie_days"),
        ("x", replace(SPRING, cookie_days=3651), "cookie_days"),
    ],
)
def test_values_that_a_program_cannot_have_are_refused(by, key, details, field):
    with pytest.raises(InvalidValue) as error:
        create_program(key=key, details=details, by=by, at=NOON)

    assert error.value.params["field"] == field
    assert not Program.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_change_is_recorded_with_before_and_after(program, by):
    changed = change_program(
        program=program, details=replace(SPRING, name="Summer", cookie_days=30), seen_at=NOON, by=by, at=LATER
    )

    assert as_stored(program) == as_stored(changed)
    assert (changed.name, changed.cookie_days, changed.updated_at) == ("Summer", 30, LATER)
    entry = AuditEntry.objects.get(action="program.changed")
    assert entry.changes == {"name": ["Spring", "Summer"], "cookie_days": [None, 30]}


def test_a_change_to_the_same_is_none(program, by):
    change_program(program=program, details=SPRING, seen_at=NOON, by=by, at=LATER)

    assert as_stored(program)["updated_at"] == NOON
    assert last_action() == "program.created"


def test_a_change_of_what_somebody_else_changed_is_refused(program, by):
    change_program(program=program, details=replace(SPRING, name="Summer"), seen_at=NOON, by=by, at=LATER)
    before = as_stored(program)

    with pytest.raises(ProgramChangedMeanwhile):
        change_program(
            program=program, details=replace(SPRING, name="Winter"), seen_at=NOON, by=by, at=LATER + timedelta(1)
        )

    assert as_stored(program) == before


def test_a_live_program_keeps_its_landing_page(program, by):
    launch_program(program=program, by=by, at=LATER)
    before = as_stored(program)

    with pytest.raises(LandingPageMissing):
        change_program(
            program=program, details=ProgramDetails(name="Spring"), seen_at=LATER, by=by, at=LATER + timedelta(1)
        )

    assert as_stored(program) == before


def test_a_draft_may_lose_its_landing_page(program, by):
    changed = change_program(program=program, details=ProgramDetails(name="Spring"), seen_at=NOON, by=by, at=LATER)

    assert changed.main_url == ""


def test_a_program_goes_live_pauses_and_resumes(program, by):
    launch_program(program=program, by=by, at=LATER)
    assert (as_stored(program)["status"], last_action()) == ("live", "program.launched")

    pause_program(program=program, by=by, at=LATER)
    assert (as_stored(program)["status"], last_action()) == ("paused", "program.paused")

    resume_program(program=program, by=by, at=LATER)
    assert (as_stored(program)["status"], last_action()) == ("live", "program.resumed")


@pytest.mark.parametrize(
    ("status", "move"),
    [
        ("draft", pause_program),
        ("draft", resume_program),
        ("live", launch_program),
        ("live", resume_program),
        ("paused", launch_program),
        ("paused", pause_program),
    ],
)
def test_a_move_that_the_status_does_not_allow_is_refused(program, by, status, move):
    Program.objects.update(status=status)
    before = as_stored(program)

    with pytest.raises(StatusMoveRefused):
        move(program=program, by=by, at=LATER)

    assert as_stored(program) == before
    assert last_action() == "program.created"


@pytest.mark.parametrize(("status", "move"), [("draft", launch_program), ("paused", resume_program)])
def test_a_program_without_a_landing_page_does_not_go_live(program, by, status, move):
    Program.objects.update(main_url="", status=status)
    before = as_stored(program)

    with pytest.raises(LandingPageMissing):
        move(program=program, by=by, at=LATER)

    assert as_stored(program) == before


@pytest.mark.parametrize("status", ["draft", "paused"])
def test_a_program_that_is_not_live_can_be_deleted(program, by, status):
    Program.objects.update(status=status)

    delete_program(program=program, by=by, at=LATER)

    assert not Program.objects.exists()
    entry = AuditEntry.objects.get(action="program.deleted")
    assert (entry.object_label, entry.changes) == ("Spring", {"key": ["spring-2026", None]})


def test_a_live_program_cannot_be_deleted(program, by):
    launch_program(program=program, by=by, at=LATER)
    before = as_stored(program)

    with pytest.raises(ProgramIsLive):
        delete_program(program=program, by=by, at=LATER)

    assert as_stored(program) == before


def test_a_program_with_codes_cannot_be_deleted(program, by):
    ana = Participant.objects.create(account_id="a", user_id="a")
    ReferralCode.objects.create(code="ANA", program=program, participant=ana)
    before = as_stored(program)

    with pytest.raises(ProgramInUse):
        delete_program(program=program, by=by, at=LATER)

    assert as_stored(program) == before
    assert last_action() == "program.created"
