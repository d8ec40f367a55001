"""Imports of balances against each other, their undoing, and everything else that draws or ends a reward."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import F, Sum

from advocate.lib import clock
from jobs import types
from jobs.errors import JobNotOpen, SameContent
from jobs.models import Job
from jobs.operations import cancel_job, confirm_import, create_undo
from jobs.runner import run_job
from outbox.models import Email
from rewards.imports import IMPORTS, UPDATE_BALANCES
from rewards.models import Reward, RewardEntry
from rewards.operations import cancel_reward, expire_rewards, redeem_reward, reverse_redemption
from team.audit import SYSTEM, Actor
from team.models import User
from tests.concurrency.racing import race
from tests.factories import make_reward
from tests.rewards.balance_import.files import ANN, HEADER, applied, checked, confirmed, counts, line, run, upload

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("working_worker", "no_broker")]
BOB = Actor(label="bob@example.com")


@pytest.fixture
def reward_of_30():
    return make_reward()


@pytest.fixture
def small_chunks(monkeypatch):
    """Have imports applied in many transactions, so that the others get between them."""
    for kind in IMPORTS:
        monkeypatch.setitem(types._imports, kind.slug, replace(kind, chunk_rows=7))


def prove_ledger():
    """Assert that each reward's counter is what its entries say and that nothing was drawn beyond its amount."""
    for reward in Reward.objects.all():
        drawn = reward.entries.filter(kind="REDEMPTION").aggregate(sum=Sum("amount", default=0))["sum"]
        back = reward.entries.filter(kind="REVERSAL").aggregate(sum=Sum("amount", default=0))["sum"]
        assert reward.redeemed == drawn - back
        assert 0 <= reward.redeemed <= reward.amount


def prove_import(job):
    """Assert that an import's counts and totals are what the ledger says of it."""
    job.refresh_from_db()
    entries = RewardEntry.objects.filter(job=job)
    assert job.rows_total == job.rows_done + job.rows_unchanged + job.rows_refused
    assert entries.values("row_number").distinct().count() == job.rows_done
    assert sum(job.totals.values()) == entries.aggregate(sum=Sum("amount", default=0))["sum"]


def ready(rewards, value, **options):
    """Return a confirmed import that redeems the value from each."""
    job = checked(*[line(reward, value) for reward in rewards], **options)
    confirm_import(job=job, by=ANN, at=clock.now(), again=True)
    return job


def until_over(job):
    """Run a job as workers do, after an interruption by an error, too."""
    for _ in range(5):
        run_job(job.pk)
        if Job.objects.get(pk=job.pk).is_over:
            return


def test_two_imports_of_the_same_balances_draw_each_once(small_chunks):
    rewards = [make_reward() for _ in range(30)]
    jobs = [ready(rewards, "20"), ready(list(reversed(rewards)), "20.00")]

    race([partial(run_job, job.pk) for job in jobs])

    for job in jobs:
        prove_import(job)
    prove_ledger()
    assert sum(job.rows_done for job in jobs) == 30
    assert set(Reward.objects.values_list("redeemed", flat=True)) == {2000}


def test_two_all_or_nothing_imports_in_opposite_orders_both_end_and_one_applies(small_chunks):
    rewards = [make_reward() for _ in range(30)]
    jobs = [checked(*[line(one, value) for one in order]) for order, value in ((rewards, 20), (rewards[::-1], 25))]
    for job in jobs:
        confirm_import(job=job, by=ANN, at=clock.now(), all_or_nothing=True)

    race([partial(run_job, job.pk) for job in jobs])

    for job in jobs:
        prove_import(job)
        assert not job.events.filter(code="retrying").exists()
    prove_ledger()
    assert sorted(job.status for job in jobs) == ["done", "failed"]
    assert len(set(Reward.objects.values_list("redeemed", flat=True))) == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_imports_debits_cancellations_expiry_and_reversals_at_random_keep_the_ledger(small_chunks, seed):
    rng = random.Random(seed)
    at = clock.now()
    rewards = [make_reward(date_expires=at + timedelta(days=1) if n % 5 == 0 else None) for n in range(25)]
    before = applied(*[line(reward, 3) for reward in rewards])
    jobs = [ready(rewards, value) for value in (7, 11, 13)]
    entries = list(RewardEntry.objects.filter(job=before))
    calls: list[Callable[[], object]] = [partial(run_job, job.pk) for job in jobs]
    calls += [
        partial(redeem_reward, reward=rng.choice(rewards), amount=rng.randrange(1, 1500), key=f"o{n}", by=SYSTEM, at=at)
        for n in range(40)
    ]
    calls += [partial(cancel_reward, reward=one, reason="", by=SYSTEM, at=at) for one in rng.sample(rewards, 4)]
    calls += [partial(reverse_redemption, entry=one, by=SYSTEM, at=at) for one in rng.sample(entries, 8)]
    calls += [partial(expire_rewards, at=at + timedelta(days=2))]
    rng.shuffle(calls)

    race(calls, threads=8)

    prove_ledger()
    for job in jobs:
        prove_import(job)
        assert job.status == "done"


def test_a_file_that_two_people_upload_and_confirm_at_once_is_applied_once(reward_of_30):
    jobs = [checked(line(reward_of_30, 5), by=by) for by in (ANN, BOB)]

    results = race(
        [partial(confirm_import, job=job, by=by, at=clock.now()) for job, by in zip(jobs, (ANN, BOB), strict=True)]
    )
    for job in jobs:
        run(job)

    assert [type(one) for one in results if one is not None] == [SameContent]
    assert sorted(job.status for job in jobs) == ["done", "waiting"]
    reward_of_30.refresh_from_db()
    assert reward_of_30.redeemed == 500


def test_two_people_who_confirm_the_same_import_at_once_confirm_it_once(reward_of_30):
    job = checked(line(reward_of_30, 5))

    results = race([partial(confirm_import, job=job, by=by, at=clock.now()) for by in (ANN, BOB) * 4])
    run(job)

    assert sum(one is None for one in results) == 1
    assert sum(isinstance(one, JobNotOpen) for one in results) == 7
    assert job.confirmed_by == (ANN, BOB)[results.index(None) % 2].label
    assert RewardEntry.objects.count() == 1


def test_cancelling_while_applying_reports_exactly_what_was_drawn(small_chunks):
    rewards = [make_reward() for _ in range(40)]
    job = ready(rewards, 5)

    race([partial(run_job, job.pk), partial(cancel_job, job=job, by=ANN, at=clock.now())])

    prove_import(job)
    prove_ledger()
    assert job.status in {"done", "cancelled"}
    assert job.rows_done * 500 == Reward.objects.aggregate(sum=Sum("redeemed"))["sum"]


def test_undoing_an_import_in_two_ways_at_once_gives_back_once(small_chunks):
    rewards = [make_reward() for _ in range(20)]
    job = applied(*[line(reward, 5) for reward in rewards])
    undoing = run(create_undo(job=job, import_type=UPDATE_BALANCES, reason="Twice", by=ANN, at=clock.now()))
    confirm_import(job=undoing, by=ANN, at=clock.now())
    entries = list(RewardEntry.objects.filter(job=job))
    next_one = ready(rewards, 28)

    by_hand = [partial(reverse_redemption, entry=one, by=SYSTEM, at=clock.now()) for one in entries]
    race([partial(until_over, undoing), partial(until_over, next_one), *by_hand], threads=6)

    prove_ledger()
    prove_import(next_one)
    undoing.refresh_from_db()
    assert undoing.status == "done"
    assert RewardEntry.objects.filter(kind="REVERSAL").count() == len(entries)
    assert set(Reward.objects.values_list("redeemed", flat=True)) <= {0, 2800}


def test_a_reward_that_expires_between_preview_and_applying_is_not_drawn(monkeypatch):
    reward = make_reward(date_expires=clock.now() + timedelta(hours=1))
    job = checked(line(reward, 5))
    assert counts(job) == (1, 0, 0, 0)

    later = clock.now() + timedelta(hours=2)
    monkeypatch.setattr("jobs.importing.clock.now", lambda: later)
    confirmed(job)

    assert counts(job) == (1, 0, 0, 1)
    reward.refresh_from_db()
    assert (reward.redeemed, reward.status) == (0, "AVAILABLE")


def test_rows_up_to_the_limit_are_read_and_one_more_refuses_the_file(settings):
    settings.IMPORT_MAX_ROWS = 3
    rewards = [make_reward() for _ in range(4)]

    fits = applied(*[line(reward, 5) for reward in rewards[:3]])
    exceeds = checked(*[line(reward, 6) for reward in rewards])

    assert (fits.status, counts(fits)) == ("done", (3, 3, 0, 0))
    assert (exceeds.status, exceeds.error_code, exceeds.error_params["limit"]) == ("failed", "too_many_rows", 3)
    assert not Reward.objects.filter(redeemed__gt=500).exists()


def test_an_import_that_8_workers_take_at_once_redeems_once(small_chunks):
    rewards = [make_reward() for _ in range(10)]
    job = ready(rewards, 5)

    race([partial(run_job, job.pk)] * 8)

    prove_import(job)
    prove_ledger()
    assert (job.status, counts(job)) == ("done", (10, 10, 0, 0))


def test_a_form_that_is_sent_8_times_at_once_is_one_import(reward_of_30):
    content = f"{HEADER}\n{line(reward_of_30, 5)}"

    jobs = race([partial(upload, content, form_token="token")] * 8)

    assert {job.pk for job in jobs} == {Job.objects.get().pk}


def test_whoever_asks_for_an_import_gets_one_mail_however_many_run_it():
    user = User.objects.create_user("ann@example.com", role="full_access")
    rewards = [make_reward() for _ in range(10)]
    job = ready(rewards, 5, by=Actor.of(user))

    race([partial(run_job, job.pk)] * 8)

    prove_import(job)
    assert Email.objects.count() == 1
    assert not Reward.objects.exclude(redeemed=F("amount") - 2500).exists()
