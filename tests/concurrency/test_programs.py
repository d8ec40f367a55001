from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from programs.models import Participant, Program, SearchTerm
from programs.operations import (
    ParticipantChangedMeanwhile,
    ParticipantExists,
    ParticipantProfile,
    ProgramDetails,
    ProgramIsLive,
    ProgramKeyTaken,
    StatusMoveRefused,
    add_participant,
    block_participant,
    change_participant,
    change_program,
    create_program,
    delete_program,
    launch_program,
    unblock_participant,
)
from team.audit import Actor
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.conftest import NOON

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
LATER = NOON + timedelta(hours=1)
BY = Actor(label="ana@example.com")
SPRING = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
LEO = ParticipantProfile(first_name="Leo")
THREADS = 8


def add_leo():
    return add_participant(account_id="acme", user_id="leo", profile=LEO, by=BY, at=NOON)


def make_spring():
    return create_program(key="spring", details=SPRING, by=BY, at=NOON)


def test_eight_who_add_the_same_ids_add_one_participant():
    results = race([add_leo] * THREADS)

    assert sum(isinstance(result, Participant) for result in results) == 1
    assert sum(isinstance(result, ParticipantExists) for result in results) == THREADS - 1
    assert Participant.objects.count() == 1
    assert AuditEntry.objects.count() == 1


def test_eight_who_make_the_same_program_in_any_case_make_one():
    keys = ["spring", "SPRING"] * (THREADS // 2)

    results = race([partial(create_program, key=key, details=SPRING, by=BY, at=NOON) for key in keys])

    assert sum(isinstance(result, Program) for result in results) == 1
    assert sum(isinstance(result, ProgramKeyTaken) for result in results) == THREADS - 1
    assert Program.objects.count() == 1


def test_eight_who_change_what_they_all_saw_change_it_once():
    leo = add_leo()
    calls = [
        partial(
            change_participant,
            participant=Participant.objects.get(pk=leo.pk),
            profile=replace(LEO, last_name=f"Name{number}"),
            seen_at=NOON,
            by=BY,
            at=LATER + timedelta(seconds=number),
        )
        for number in range(THREADS)
    ]

    results = race(calls)

    winners = [result for result in results if isinstance(result, Participant)]
    assert len(winners) == 1
    assert sum(isinstance(result, ParticipantChangedMeanwhile) for result in results) == THREADS - 1
    assert Participant.objects.get().last_name == winners[0].last_name
    terms = set(SearchTerm.objects.values_list("term", flat=True))
    assert terms == {"leo", "acme", winners[0].last_name.lower()}


def test_eight_blocks_are_one_block_with_one_reason():
    leo = add_leo()
    calls = [
        partial(
            block_participant,
            participant=Participant.objects.get(pk=leo.pk),
            reason=f"Reason {number}",
            by=BY,
            at=LATER,
        )
        for number in range(THREADS)
    ]

    results = race(calls)

    assert sorted(results) == [False] * (THREADS - 1) + [True]
    entry = AuditEntry.objects.get(action="participant.blocked")
    assert entry.changes["block_reason"] == ["", Participant.objects.get().block_reason]


def test_eight_unblocks_are_one():
    leo = add_leo()
    block_participant(participant=leo, reason="Why", by=BY, at=LATER)

    results = race(
        [
            partial(unblock_participant, participant=Participant.objects.get(pk=leo.pk), reason="", by=BY, at=LATER)
            for _ in range(THREADS)
        ]
    )

    assert sorted(results) == [False] * (THREADS - 1) + [True]
    assert AuditEntry.objects.filter(action="participant.unblocked").count() == 1


def test_eight_launches_are_one():
    program = make_spring()

    results = race(
        [partial(launch_program, program=Program.objects.get(pk=program.pk), by=BY, at=LATER) for _ in range(THREADS)]
    )

    assert results.count(None) == 1
    assert sum(isinstance(result, StatusMoveRefused) for result in results) == THREADS - 1
    assert AuditEntry.objects.filter(action="program.launched").count() == 1


@pytest.mark.parametrize("attempt", range(5))
def test_a_program_never_goes_live_without_its_landing_page(attempt):
    program = make_spring()
    without = replace(SPRING, main_url="")

    results = race(
        [
            partial(launch_program, program=Program.objects.get(pk=program.pk), by=BY, at=LATER),
            partial(
                change_program,
                program=Program.objects.get(pk=program.pk),
                details=without,
                seen_at=NOON,
                by=BY,
                at=LATER + timedelta(seconds=1),
            ),
        ]
    )

    program.refresh_from_db()
    assert (program.status, program.main_url) in {("live", SPRING.main_url), ("draft", "")}
    assert sum(isinstance(result, Exception) for result in results) == 1


@pytest.mark.parametrize("attempt", range(5))
def test_a_program_is_launched_or_deleted_but_not_both(attempt):
    program = make_spring()

    launched, deleted = race(
        [
            partial(launch_program, program=Program.objects.get(pk=program.pk), by=BY, at=LATER),
            partial(delete_program, program=Program.objects.get(pk=program.pk), by=BY, at=LATER),
        ]
    )

    if launched is None:
        assert isinstance(deleted, ProgramIsLive)
        assert Program.objects.get().status == "live"
    else:
        assert deleted is None
        assert not Program.objects.exists()
