from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from programs.models import Participant, Program, Referral, ReferralCode
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def program():
    return Program.objects.create(key="spring-2026", name="Spring")


@pytest.fixture
def ana():
    return Participant.objects.create(account_id="acme", user_id="ana")


@pytest.fixture
def ben():
    return Participant.objects.create(account_id="acme", user_id="ben")


def refused(constraint, model, **fields):
    """Expect the database to refuse the row by ``constraint``, where the engine says which."""
    count = model.objects.count()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        model.objects.create(**fields)
    assert model.objects.count() == count
    if connection.vendor == "postgresql":
        cause: Any = error.value.__cause__
        assert cause.diag.constraint_name == constraint


@pytest.mark.parametrize("key", ["", "spring 2026", "frühling", "a_b", "abc\n", "../x"])
def test_a_program_key_has_letters_digits_and_hyphens_only(key):
    refused("programs_program_key_form", Program, key=key, name="x")


def test_two_program_keys_differ_by_more_than_case(program):
    refused("programs_program_key_any_case", Program, key="SPRING-2026", name="x")


def test_a_program_has_a_known_status():
    refused("programs_program_status_known", Program, key="x", name="x", status="archived")


@pytest.mark.parametrize("days", [0, 3651])
def test_a_cookie_lives_one_day_to_ten_years(days):
    refused("programs_program_cookie_days", Program, key="x", name="x", cookie_days=days)


def test_a_participants_ids_are_unique_together(ana):
    refused("programs_participant_ids", Participant, account_id="acme", user_id="ana")


@pytest.mark.parametrize("user_id", ["ANA", "ana ", " ana", "aná", "ana\u0301", "00ana", "ａｎａ"])
def test_ids_are_compared_exactly(ana, user_id):
    other = Participant.objects.create(account_id="acme", user_id=user_id)

    assert Participant.objects.get(account_id="acme", user_id=user_id) == other


def test_255_characters_of_any_script_are_an_id():
    long_id = "参" * 254 + "🙂"

    Participant.objects.create(account_id=long_id, user_id=long_id)

    assert Participant.objects.get(user_id=long_id).account_id == long_id


@pytest.mark.parametrize("ids", [{"account_id": "", "user_id": "x"}, {"account_id": "x", "user_id": ""}])
def test_a_participant_has_both_ids(ids):
    refused("programs_participant_has_ids", Participant, **ids)


def test_only_a_blocked_participant_has_a_reason_for_it():
    refused("programs_participant_block_reason", Participant, account_id="a", user_id="a", block_reason="Fraud")


def test_a_code_is_unique_in_any_case_and_program(program, ana, ben):
    other = Program.objects.create(key="other", name="Other")
    ReferralCode.objects.create(code="ANALOPEZ", program=program, participant=ana)

    refused("programs_code_any_case", ReferralCode, code="AnaLopez", program=other, participant=ben)


def test_a_participant_has_one_primary_code_in_a_program(program, ana):
    ReferralCode.objects.create(code="ANA", program=program, participant=ana)
    ReferralCode.objects.create(code="ANA2", program=program, participant=ana, is_primary=False)
    ReferralCode.objects.create(code="ANA3", program=program, participant=ana, is_primary=False)

    refused("programs_code_one_primary", ReferralCode, code="ANA4", program=program, participant=ana)


def test_a_primary_code_works(program, ana):
    refused("programs_code_primary_works", ReferralCode, code="ANA", program=program, participant=ana, disabled_at=NOON)


def test_a_code_is_not_empty(program, ana):
    refused("programs_code_not_empty", ReferralCode, code="", program=program, participant=ana)


def test_a_friend_is_referred_once_in_a_program(program, ana, ben):
    cleo = Participant.objects.create(account_id="acme", user_id="cleo")
    Referral.objects.create(program=program, referrer=ana, referred=ben)

    refused("programs_referral_once", Referral, program=program, referrer=cleo, referred=ben)


def test_nobody_refers_themselves(program, ana):
    refused("programs_referral_not_self", Referral, program=program, referrer=ana, referred=ana)


def test_a_referral_converts_after_it_started(program, ana, ben):
    refused(
        "programs_referral_in_order",
        Referral,
        program=program,
        referrer=ana,
        referred=ben,
        date_started=NOON,
        date_converted=NOON - timedelta(seconds=1),
    )


def test_a_referral_has_a_known_source(program, ana, ben):
    refused("programs_referral_source_known", Referral, program=program, referrer=ana, referred=ben, source="guess")


def test_a_program_key_has_64_characters_at_most():
    with pytest.raises(DatabaseError):
        Program.objects.create(key="a" * 65, name="x")
