from __future__ import annotations

import pytest

from advocate.lib import clock
from tests.api.calling import Api
from tests.api.shops import shop_with
from tests.factories import make_participant, make_program, make_referral_code


@pytest.fixture
def api(db) -> Api:
    """Return a client with an API key that may do everything."""
    return Api.with_key("money")


@pytest.fixture
def within_one_minute(time_machine) -> None:
    """Hold the clock, so that all calls of a test are counted in one minute."""
    time_machine.move_to(clock.now().replace(second=30, microsecond=0), tick=False)


@pytest.fixture
def shop(db) -> Api:
    """Return a shop's client, which shows the account SID and asks for JSON."""
    return shop_with("write")


@pytest.fixture
def sharing_ada(db):
    """Return an advocate whose code in the program 47255 is ADA."""
    ada = make_participant(account_id="ada", user_id="ada")
    make_referral_code(code="ADA", participant=ada, program=make_program(key="47255", name="Spring"))
    return ada
