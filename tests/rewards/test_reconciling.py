from __future__ import annotations

import json

import pytest
from django.core.management import call_command

from jobs.models import Job
from jobs.operations import create_undo
from outbox.models import Email
from rewards.emails import differences_message
from rewards.imports import LEDGER_TYPES, UPDATE_BALANCES
from rewards.models import Reward, RewardEntry
from rewards.operations import redeem_reward, report_differences, reverse_redemption
from rewards.reconciliation import Difference, find_differences
from rewards.tasks import reconcile
from team.models import Company, Role, User
from tests.conftest import NOON
from tests.factories import make_reward
from tests.rewards.balance_import.conftest import _working_worker  # noqa: F401
from tests.rewards.balance_import.files import ANN, applied, checked, confirmed, line, run

pytestmark = pytest.mark.django_db(transaction=True)  # the snapshot is a transaction of its own


def differences() -> list[Difference]:
    return find_differences(types=LEDGER_TYPES)


def test_everything_that_happens_to_rewards_agrees(reward_of_30, at, by):
    other = make_reward()
    entry = redeem_reward(reward=other, amount=100, key="k", by=by, at=at)
    reverse_redemption(entry=entry, by=by, at=at)
    job = applied(line(reward_of_30, "30"), line(other, "5"), "nobody,nobody,CASH/USD,1")
    confirmed(run(create_undo(job=job, import_type=UPDATE_BALANCES, reason="x", by=ANN, at=NOON)))
    checked(line(reward_of_30, "1"))

    assert differences() == []


def test_a_counter_that_is_not_the_sum_of_its_entries_is_found(reward_of_30, at, by):
    redeem_reward(reward=reward_of_30, amount=100, key="k", by=by, at=at)
    Reward.objects.filter(pk=reward_of_30.pk).update(redeemed=150)

    assert differences() == [Difference("reward", reward_of_30.public_id, "redeemed", 150, 100)]


def test_an_import_that_counts_otherwise_is_found(reward_of_30):
    job = applied(line(reward_of_30, "5"))
    Job.objects.filter(pk=job.pk).update(rows_done=2, rows_total=2, totals={"CASH/USD": 501, "POINT": 1})

    assert differences() == [
        Difference("import", job.public_id, "rows", 2, 1),
        Difference("import", job.public_id, "CASH/USD", 501, 500),
        Difference("import", job.public_id, "POINT", 1, 0),
    ]


def test_a_reversal_of_another_amount_is_found(reward_of_30, at, by):
    entry = redeem_reward(reward=reward_of_30, amount=100, key="k", by=by, at=at)
    RewardEntry.objects.create(
        reward=reward_of_30, participant=reward_of_30.participant, kind="REVERSAL", amount=60, reverses=entry, at=at
    )
    Reward.objects.filter(pk=reward_of_30.pk).update(redeemed=40)

    assert differences() == [Difference("reversal", reward_of_30.public_id, "amount", 100, 60)]


def test_the_command_says_that_all_agrees(reward_of_30, capsys):
    call_command("reconcile")

    assert capsys.readouterr().out == "Every reward and every import agrees with the ledger.\n"


def test_the_command_lists_differences_and_fails(reward_of_30, capsys):
    Reward.objects.filter(pk=reward_of_30.pk).update(redeemed=150)

    with pytest.raises(SystemExit) as plain:
        call_command("reconcile")
    text = capsys.readouterr().out
    with pytest.raises(SystemExit) as as_json:
        call_command("reconcile", json=True)

    assert (plain.value.code, as_json.value.code) == (1, 1)
    assert text == f"reward {reward_of_30.public_id}: redeemed is 150, but its entries add up to 0\n"
    (found,) = json.loads(capsys.readouterr().out)["differences"]
    assert (found["id"], found["counted"], found["entered"]) == (reward_of_30.public_id, 150, 0)


def test_differences_are_mailed_once_a_day_to_those_with_full_access_and_the_company(reward_of_30, at):
    Company.objects.create(account_email="money@example.com")
    for name, role in (("full", Role.FULL_ACCESS), ("viewer", Role.VIEWER)):
        User.objects.create_user(f"{name}@example.com", "a long password", role=role, joined_at=NOON)
    found = [Difference("reward", reward_of_30.public_id, "redeemed", 150, 0)]

    owed = [report_differences(differences=found, at=at) for _ in range(2)]

    assert owed == [2, 0]
    assert set(Email.objects.values_list("to", flat=True)) == {"full@example.com", "money@example.com"}
    assert reward_of_30.public_id in Email.objects.all()[0].text


def test_the_mail_about_differences_speaks_the_language_of_its_reader():
    found = [Difference("reward", "r7", "redeemed", 5, 4), Difference("import", "j8", "CASH/USD", 2, 1)]

    mail = differences_message(differences=found, to="li@example.com", language="zh-hans")

    assert "奖励 r7: 已兑换 5 / 4\n导入 j8: CASH/USD 2 / 1" in mail.text


def test_the_nightly_task_mails_nothing_when_all_agrees(reward_of_30):
    Company.objects.create(account_email="money@example.com")

    reconcile()

    assert not Email.objects.exists()
    Reward.objects.filter(pk=reward_of_30.pk).update(redeemed=150)
    reconcile()
    assert Email.objects.count() == 1
