from __future__ import annotations

import pytest

from programs.operations import ParticipantProfile, ProgramDetails, add_participant, create_program
from team.audit import Actor
from team.models import Role
from tests.conftest import NOON

ANA_OF_THE_TEAM = Actor(label="ana@example.com")


@pytest.fixture
def by() -> Actor:
    return ANA_OF_THE_TEAM


@pytest.fixture
def program(db):
    details = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
    return create_program(key="spring-2026", details=details, by=ANA_OF_THE_TEAM, at=NOON)


@pytest.fixture
def ana(db):
    profile = ParticipantProfile(first_name="Ana", last_name="García", email="ana@example.com")
    return add_participant(account_id="acme", user_id="ana", profile=profile, by=ANA_OF_THE_TEAM, at=NOON)


@pytest.fixture
def ben(db):
    profile = ParticipantProfile(first_name="Ben", last_name="Okafor", email="ben@example.com")
    return add_participant(account_id="acme", user_id="ben", profile=profile, by=ANA_OF_THE_TEAM, at=NOON)


@pytest.fixture
def manager(log_in):
    return log_in(Role.PROGRAM_MANAGER)
