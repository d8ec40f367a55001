from __future__ import annotations

from functools import partial

import pytest

from programs.models import Participant, Program, ReferralCode, ShareLink
from programs.operations import (
    CodeChangedMeanwhile,
    CodeDisabled,
    CodeTaken,
    add_referral_code,
    count_click,
    disable_code,
    edit_referral_code,
    enable_code,
    join_program,
    make_primary,
    make_share_link,
)
from programs.operations.joining import SECURE
from team.audit import Actor
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import make_participant, make_program, make_referral_code
from tests.factories import make_share_link as given_link

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
    assert ShareLink.objects.count() == 1
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


def fresh(code):
    """Read a code as another process would."""
    return ReferralCode.objects.select_related("participant", "program").get(pk=code.pk)


def test_eight_edits_of_what_they_all_saw_are_one():
    primary = join(make_participant(), make_program())
    calls = [
        partial(
            edit_referral_code,
            code=fresh(primary),
            to=f"NEW{number}",
            keeps_old=number % 2 == 0,
            keeps_links=number % 3 == 0,
            by=BY,
            at=NOON,
        )
        for number in range(THREADS)
    ]

    results = race(calls)

    winners = [result.code for result in results if isinstance(result, ReferralCode)]
    assert len(winners) == 1
    assert sum(isinstance(result, CodeChangedMeanwhile) for result in results) == THREADS - 1
    assert ReferralCode.objects.count() == 2
    assert ReferralCode.objects.get(is_primary=True).code == winners[0]
    assert ShareLink.objects.get(retired_at=None).code.code == winners[0]


@pytest.mark.parametrize("attempt", range(5))
def test_a_code_is_made_primary_or_disabled_but_not_both(attempt):
    ada, program = make_participant(), make_program()
    join(ada, program)
    code = add_referral_code(participant=ada, program=program, code="BIKE", by=BY, at=NOON)

    promoted, disabled = race(
        [
            partial(make_primary, code=fresh(code), by=BY, at=NOON),
            partial(disable_code, code=fresh(code), by=BY, at=NOON),
        ]
    )

    stored = fresh(code)
    assert ReferralCode.objects.filter(is_primary=True, disabled_at=None).count() == 1
    if promoted is True:
        assert isinstance(disabled, Exception)
        assert (stored.is_primary, stored.disabled_at) == (True, None)
    else:
        assert isinstance(promoted, CodeDisabled)
        assert disabled is True
        assert (stored.is_primary, stored.disabled_at) == (False, NOON)


@pytest.mark.parametrize("change", [disable_code, enable_code])
def test_eight_who_switch_a_code_do_it_once(change):
    code = make_referral_code(is_primary=False, disabled_at=None if change is disable_code else NOON)

    results = race([partial(change, code=fresh(code), by=BY, at=NOON) for _ in range(THREADS)])

    assert sorted(results) == [False] * (THREADS - 1) + [True]
    assert AuditEntry.objects.count() == 1


def test_eight_who_want_a_code_to_have_a_link_make_one():
    code = make_referral_code()

    results = race([partial(make_share_link, code=fresh(code), at=NOON, rng=SECURE) for _ in range(THREADS)])

    assert len({result.slug for result in results}) == 1
    assert ShareLink.objects.count() == 1


def test_no_click_is_lost():
    link = given_link()

    results = race([partial(count_click, link=link, at=NOON)] * 64, threads=THREADS)

    assert results == [True] * 64
    assert ShareLink.objects.get().clicks == 64
