"""Imports of balances against each other and against everything else that touches the same rewards."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Sum

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import confirm_import, create_undo
from jobs.runner import run_job
from rewards.imports import UPDATE_BALANCES
from rewards.models import Reward, RewardEntry
from rewards.operations import cancel_reward, expire_rewards, redeem_reward, reverse_redemption
from tests.concurrency.racing import race
from tests.factories import make_participant, make_reward
from tests.rewards.balance_import.conftest import _working_worker  # noqa: F401  it must hold here, too
from tests.rewards.balance_import.files import ANN, HEADER, applied, checked, counts, line, run, upload

pytestmark = pytest.mark.django_db(transaction=True)


def sums(reward: Reward) -> int:
    by_kind = dict(reward.entries.order_by().values_list("kind").annotate(sum=Sum("amount")))
    return by_kind.get("REDEMPTION", 0) - by_kind.get("REVERSAL", 0)


def check_ledger(*rewards: Reward) -> None:
    for reward in rewards:
        reward.refresh_from_db()
        assert 0 <= reward.redeemed <= reward.amount
        assert reward.redeemed == sums(reward)
        assert (reward.status == "REDEEMED") == (reward.redeemed == reward.amount)


def waiting(rewards: list[Reward], value: str, *, again: bool = False) -> Job:
    """Return a confirmed import that a worker may take."""
    job = checked(*(line(reward, value) for reward in rewards))
    confirm_import(job=job, by=ANN, at=clock.now(), again=again)
    return job


def test_two_imports_of_the_same_balances_never_redeem_more_than_there_is():
    rewards = [make_reward(amount=1000) for _ in range(20)]
    # The second file is shuffled: imports that locked in the order of their rows would wait for each other.
    jobs = [waiting(rewards, "6"), waiting(rewards[::-1], "7")]

    outcomes = race([partial(run_job, job.pk) for job in jobs])

    assert outcomes == [True, True]
    for job in jobs:
        job.refresh_from_db()
    assert {job.status for job in jobs} == {"done"}
    assert sum(job.rows_done for job in jobs) == 20
    assert sum(job.rows_refused for job in jobs) == 20
    check_ledger(*rewards)
    assert {reward.redeemed for reward in rewards} <= {600, 700}


def test_one_import_taken_by_8_workers_at_once_redeems_once():
    rewards = [make_reward(amount=1000) for _ in range(5)]
    job = waiting(rewards, "1")

    race([partial(run_job, job.pk)] * 8)

    job.refresh_from_db()
    assert (job.status, counts(job)) == ("done", (5, 5, 0, 0))
    assert [sums(reward) for reward in rewards] == [100] * 5


def test_confirming_the_same_content_twice_at_once_lets_one_through():
    rewards = [make_reward(amount=1000)]
    jobs = [checked(line(rewards[0], "6")) for _ in range(2)]
    at = clock.now()

    outcomes = race([partial(confirm_import, job=job, by=ANN, at=at) for job in jobs])

    assert sum(outcome is None for outcome in outcomes) == 1
    for job in jobs:
        run(job)
    check_ledger(*rewards)
    assert rewards[0].redeemed == 600


def test_imports_redemptions_cancellations_and_expiry_at_once_keep_every_balance_right():
    rng = random.Random(5)
    people = [make_participant() for _ in range(10)]
    at = clock.now()
    rewards = [
        make_reward(participant=person, amount=500, date_given=at - timedelta(days=2), date_expires=soon)
        for person in people
        for soon in (None, at + timedelta(days=9), at + timedelta(milliseconds=300))
    ]
    firsts = rewards[::3]
    jobs = [waiting(rng.sample(firsts, len(firsts)), value) for value in ("6.01", "4.50", "3.33", "1.00")]
    calls: list[Callable[[], object]] = [partial(run_job, job.pk) for job in jobs]
    for number, reward in enumerate(rng.sample(rewards, 20)):
        calls.append(partial(redeem_reward, reward=reward, amount=150, key=f"k{number}", by=ANN, at=at))
    cancelled = rng.sample(rewards, 8)
    calls += [partial(cancel_reward, reward=reward, reason="", by=ANN, at=at) for reward in cancelled]
    calls += [partial(expire_rewards, at=at + timedelta(seconds=1)) for _ in range(2)]
    rng.shuffle(calls)

    race(calls, threads=8)

    check_ledger(*rewards)
    for job in jobs:
        job.refresh_from_db()
        entries = RewardEntry.objects.filter(job=job)
        assert job.status == "done"
        assert job.rows_total == job.rows_done + job.rows_refused == len(firsts)
        assert job.rows_done == entries.values("row_number").distinct().count()
        assert job.totals.get("CASH/USD", 0) == (entries.aggregate(sum=Sum("amount"))["sum"] or 0)


def test_an_undo_and_reversals_by_hand_at_once_reverse_each_entry_once():
    rewards = [make_reward(amount=1000) for _ in range(12)]
    job = applied(*(line(reward, "5") for reward in rewards))
    undos = [
        run(create_undo(job=job, import_type=UPDATE_BALANCES, reason="x", by=ANN, at=clock.now())) for _ in range(2)
    ]
    for undoing in undos:
        confirm_import(job=undoing, by=ANN, at=clock.now())
    entries = list(RewardEntry.objects.filter(job=job).order_by("-id"))
    at = clock.now()

    race(
        [
            *(partial(run_job, undoing.pk) for undoing in undos),
            *(partial(reverse_redemption, entry=entry, by=ANN, at=at) for entry in entries),
        ],
        threads=6,
    )

    check_ledger(*rewards)
    assert [reward.redeemed for reward in rewards] == [0] * 12
    assert RewardEntry.objects.filter(kind="REVERSAL").count() == 12
    for undoing in undos:
        undoing.refresh_from_db()
        assert (undoing.status, undoing.rows_done + undoing.rows_refused) == ("done", 12)


def test_a_form_sent_8_times_at_once_is_one_import():
    reward = make_reward(amount=1000)
    content = f"{HEADER}\n{line(reward, '5')}"

    jobs = race([partial(upload, content, form_token="token")] * 8)

    assert len({job.pk for job in jobs}) == 1
    assert Job.objects.count() == 1
