from __future__ import annotations

from functools import partial

import pytest

from programs.models import Participant, Program, ReferralCode
from programs.operations import CodeTaken, add_referral_code, join_program, make_primary
from team.audit import Actor
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import make_participant, make_program

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
BY = Actor(label="ana@example.com")
THREADS = 8


def join(participant, program, **options):
    """Join as another process would: with objects of its own."""
    person, goal = Participant.objects.get(pk=participant.pk), Program.objects.get(pk=program.pk)
    return join_program(participant=person, program=goal, by=BY, at=NOON, **options)


def test_eight_who_let_one_person_join_give_one_code():
    ada, program = make_participant(), make_program()

    results = race([partial(join, ada, program)] * THREADS)

    assert {result.code for result in results} == {"ADA"}
    assert ReferralCode.objects.count() == 1
    assert AuditEntry.objects.filter(action="participant.joined").count() == 1


def test_eight_namesakes_who_join_at_once_get_a_code_each():
    people, program = [make_participant() for _ in range(THREADS)], make_program()

    results = race([partial(join, person, program) for person in people])

    codes = [result.code for result in results]
    assert len({code.lower() for code in codes}) == THREADS
    assert all(code.startswith("ADA") for code in codes)
    assert codes.count("ADA") == 1
    assert AuditEntry.objects.filter(action="participant.joined").count() == THREADS


def test_eight_who_want_the_same_code_in_any_case_are_one_winner():
    people, program = [make_participant() for _ in range(THREADS)], make_program()
    wanted = ["bike", "BIKE"] * (THREADS // 2)

    results = race([partial(join, person, program, code=code) for person, code in zip(people, wanted, strict=True)])

    assert sum(isinstance(result, ReferralCode) for result in results) == 1
    assert sum(isinstance(result, CodeTaken) for result in results) == THREADS - 1
    assert ReferralCode.objects.count() == 1


def test_eight_codes_made_primary_at_once_leave_one_primary():
    ada, program = make_participant(), make_program()
    join(ada, program)
    codes = [
        add_referral_code(participant=ada, program=program, code=f"CODE{number}", by=BY, at=NOON)
        for number in range(THREADS)
    ]

    results = race([partial(make_primary, code=code, by=BY, at=NOON) for code in codes])

    assert results == [True] * THREADS
    assert ReferralCode.objects.filter(is_primary=True).count() == 1
    assert ReferralCode.objects.count() == THREADS + 1
    assert AuditEntry.objects.filter(action="code.made_primary").count() == THREADS


def test_eight_primary_codes_typed_at_once_for_a_newcomer_are_all_given():
    ada, program = make_participant(), make_program()
    calls = [
        partial(
            add_referral_code, participant=ada, program=program, code=f"CODE{number}", is_primary=True, by=BY, at=NOON
        )
        for number in range(THREADS)
    ]

    results = race(calls)

    assert {result.code for result in results} == {f"CODE{number}" for number in range(THREADS)}
    assert ReferralCode.objects.filter(is_primary=True).count() == 1
