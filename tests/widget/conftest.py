from __future__ import annotations

import pytest

from programs.models import Participant, Program
from programs.operations import ProgramDetails, create_program
from promocodes.models import CodePool
from team.audit import Actor
from team.models import Role
from tests.api.calling import Api
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program
from widget.models import Display
from widget.operations import make_displays

ANA_OF_THE_TEAM = Actor(label="ana@example.com")


@pytest.fixture
def by() -> Actor:
    return ANA_OF_THE_TEAM


@pytest.fixture
def program(db):
    details = ProgramDetails(name="Spring", main_url="https://shop.example/spring")
    return create_program(key="Spring-2026", details=details, by=ANA_OF_THE_TEAM, at=NOON)


@pytest.fixture
def widget(program):
    """Return the program's own widget, which is published as it was made."""
    return Display.objects.get(program=program, kind=Display.Kind.WIDGET)


@pytest.fixture
def microsite(program):
    """Return the program's own microsite, which is a draft."""
    return Display.objects.get(program=program, kind=Display.Kind.MICROSITE)


@pytest.fixture
def manager(log_in):
    return log_in(Role.PROGRAM_MANAGER)


@pytest.fixture
def spring(db) -> Program:
    """Return a live program without displays."""
    return make_program(key="spring", name="Spring", main_url="https://shop.example/spring")


@pytest.fixture
def ana(db) -> Participant:
    return make_participant(account_id="acme", user_id="ana@example.com", first_name="Ana", last_name="García")


@pytest.fixture
def pool(spring) -> CodePool:
    return make_pool(program=spring)


@pytest.fixture
def five(pool, ana) -> list[str]:
    """Return five one-time codes that Ana has."""
    codes = [f"ANA-{number}" for number in range(1, 6)]
    for code in codes:
        make_code(code, pool=pool, participant=ana)
    return codes


@pytest.fixture
def api(db) -> Api:
    """Return a shop's server, with a key that may write."""
    return Api.with_key("write")


@pytest.fixture
def shown(spring) -> Display:
    """Return the widget of the live program, published with everything that a new one has."""
    make_displays(program=spring, at=NOON)
    return Display.objects.get(program=spring, kind=Display.Kind.WIDGET)
