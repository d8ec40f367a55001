"""Debits race with each other, with imports, cancellations and expiry; on SQLite they take turns."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction
from django.db.models import F, Sum

from api.models import StoredAnswer
from jobs.models import Job
from rewards.balance_import.allocation import draw_rewards
from rewards.models import Reward, RewardEntry, StagedRedemption
from rewards.operations import Debit, cancel_reward, debit_balance, expire_rewards
from rewards.operations.errors import BalanceTooSmall
from team.audit import SYSTEM
from tests.advocate.matrix_objects import make_job
from tests.api.calling import Api, user_path
from tests.concurrency.racing import race
from tests.factories import make_participant, make_reward, make_unit

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


@transaction.atomic
def apply_import(job, at):
    return draw_rewards(job=job, low=2, high=2, at=at)


def prove_the_ledger():
    """Check that what each reward says equals its entries, and that nothing went below zero."""
    for reward in Reward.objects.annotate(entered=Sum("entries__amount")):
        assert reward.redeemed == (reward.entered or 0)
        assert 0 <= reward.redeemed <= reward.amount


def test_64_equal_debits_with_one_key_are_one_entry_and_64_equal_answers(at):
    api = Api.with_key("money")
    make_reward(participant=make_participant(account_id="acme"), unit=make_unit("POINT"), amount=500)
    body = {"accountId": "acme", "unit": "POINT", "amount": 200}
    call = partial(api.post, "credit/bulkredeem", body, Idempotency_Key="order-7")

    answers = race([call] * 64, threads=32)

    assert {(answer.status, answer.text, answer.headers["X-Request-Id"]) for answer in answers} == {
        (200, '{"creditRedeemed":200,"creditAvailable":300,"unit":"POINT"}', answers[0].headers["X-Request-Id"])
    }
    assert [entry.amount for entry in RewardEntry.objects.all()] == [200]
    assert StoredAnswer.objects.count() == 1


def test_one_key_with_two_bodies_at_once_has_one_effect(at):
    api = Api.with_key("money")
    make_reward(participant=make_participant(account_id="acme"), unit=make_unit("POINT"), amount=500)
    bodies = [{"accountId": "acme", "unit": "POINT", "amount": amount} for amount in (100, 200)]

    answers = race([partial(api.post, "credit/bulkredeem", body, Idempotency_Key="7") for body in bodies * 8])

    assert Counter(answer.status for answer in answers) == {200: 8, 409: 8}
    assert RewardEntry.objects.count() == 1


def test_64_different_debits_take_no_more_than_there_is_in_the_order_of_drawing(at):
    unit, account = make_unit("POINT"), "acme"
    owners = [make_participant(account_id=account) for _ in range(2)]
    for number in range(6):
        make_reward(participant=owners[number % 2], unit=unit, amount=5, date_expires=at + (number + 1) * DAY)
    calls = [
        partial(debit_balance, account_id=account, unit=unit, amount=1, key=f"order-{number}", by=SYSTEM, at=at)
        for number in range(64)
    ]

    outcomes = race(calls, threads=16)

    assert Counter(type(outcome) for outcome in outcomes) == {Debit: 30, BalanceTooSmall: 34}
    assert sorted(outcome.available for outcome in outcomes if isinstance(outcome, Debit)) == list(range(30))
    assert Reward.objects.filter(status="REDEEMED", redeemed=F("amount")).count() == 6
    entries = RewardEntry.objects.order_by("pk").values_list("reward__date_expires", flat=True)
    assert list(entries) == sorted(entries)
    prove_the_ledger()


def test_debits_an_import_a_cancellation_and_expiry_never_take_what_is_not_there(at):
    unit = make_unit("POINT")
    for _ in range(8):
        ada = make_participant()
        rewards = [make_reward(participant=ada, unit=unit, amount=10, date_expires=at + n * DAY) for n in (1, 2, 3)]
        job = make_job(kind=Job.Kind.IMPORT, type="update-balances", phase=Job.Phase.APPLYING, format="")
        StagedRedemption.objects.create(job=job, row_no=2, state="good", participant=ada, unit=unit, amount=15)
        debit = partial(debit_balance, account_id=ada.account_id, unit=unit, by=SYSTEM, at=at)

        race(
            [
                partial(debit, amount=7, key=f"{ada.pk}:1"),
                partial(debit, amount=8, key=f"{ada.pk}:2"),
                partial(apply_import, job, at),
                partial(cancel_reward, reward=rewards[1], reason="Returned", by=SYSTEM, at=at),
                partial(expire_rewards, at=at + DAY),
            ]
        )

        prove_the_ledger()
        taken = RewardEntry.objects.filter(participant=ada).aggregate(sum=Sum("amount"))["sum"] or 0
        assert taken <= 30


def test_a_user_is_registered_once_whatever_shop_servers_do_at_once(at):
    api = Api.with_key("write")
    call = partial(api.put, user_path("acme", "ada"), {"id": "ada", "accountId": "acme", "firstName": "Ada"})

    answers = race([call] * 16)

    assert {(answer.status, answer.text) for answer in answers} == {(200, answers[0].text)}
