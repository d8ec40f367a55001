from __future__ import annotations

import pytest

from tests.factories import make_participant, make_program, make_referral_code


@pytest.fixture
def program(db):
    return make_program(key="spring")


@pytest.fixture
def ada(db):
    return make_participant(account_id="ada", user_id="ada", first_name="Ada")


@pytest.fixture
def ben(db):
    return make_participant(account_id="ben", user_id="ben", first_name="Ben")


@pytest.fixture
def friend(db):
    return make_participant(account_id="cleo", user_id="cleo", first_name="Cleo")


@pytest.fixture
def code(program, ada):
    return make_referral_code(code="ADA", program=program, participant=ada)


@pytest.fixture
def bens(program, ben):
    return make_referral_code(code="BEN", program=program, participant=ben)
