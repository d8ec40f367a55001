"""``manage.py import_file update-balances``: the same import from a terminal, with an exit status."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from rewards.models import RewardEntry
from team.models import Role, User
from tests.factories import make_reward
from tests.rewards.balance_import.files import HEADER, line

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def redeem(tmp_path):
    User.objects.create_user("mia@example.com", "a long password", role=Role.SUPPORT)

    def run(*lines: str, options: tuple[str, ...] = (), header: str = HEADER) -> tuple[object, str]:
        path = tmp_path / "paid.csv"
        path.write_text("\n".join((header, *lines)))
        out = io.StringIO()
        with pytest.raises(SystemExit) as end:
            call_command(
                "import_file", "update-balances", str(path), "--requested-by=mia@example.com", *options, stdout=out
            )
        return end.value.code, out.getvalue()

    return run


def test_a_file_without_refused_rows_ends_with_0(redeem, reward_of_30):
    status, out = redeem(line(reward_of_30, "1.50"))

    assert status == 0
    assert [line.split() for line in out.splitlines()][-1] == ["CASH/USD", "1.50"]
    assert RewardEntry.objects.get().user.email == "mia@example.com"


def test_refused_rows_end_with_1_and_are_named(redeem, reward_of_30):
    status, out = redeem(line(reward_of_30, "1.50"), line(make_reward(), "31"), options=("--json",))

    found = json.loads(out)
    assert status == 1
    assert found["totals"] == {"CASH/USD": "1.50"} or found["totals"] == {"CASH/USD": 150}
    assert "31.00 is more than the 30.00 CASH/USD that are available." in out


def test_a_refused_file_ends_with_2(redeem):
    status, _out = redeem("1,2", header="accountId,userId")

    assert status == 2
    assert not RewardEntry.objects.exists()


def test_a_dry_run_redeems_nothing(redeem, reward_of_30):
    status, _out = redeem(line(reward_of_30, "1.50"), options=("--dry-run",))

    assert status == 0
    assert not RewardEntry.objects.exists()


def test_the_same_file_again_needs_to_be_asked_for(redeem, reward_of_30):
    redeem(line(reward_of_30, "1.50"))

    with pytest.raises((AssertionError, CommandError)):
        assert redeem(line(reward_of_30, "1.50"))[0] == 0

    assert RewardEntry.objects.count() == 1
    assert redeem(line(reward_of_30, "1.50"), options=("--again",))[0] == 0
    assert RewardEntry.objects.count() == 2


def test_an_undo_does_not_start_from_a_file(tmp_path):
    with pytest.raises(CommandError, match="There is no import 'undo-balances'"):
        call_command("import_file", "undo-balances", str(tmp_path), "--requested-by=mia@example.com")
