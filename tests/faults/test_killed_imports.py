"""Imports of balances by real workers that are killed, paused, stopped and robbed of their Redis in the middle."""

from __future__ import annotations

import os
import random
import signal
import sys
import time

import pytest
from celery import Celery
from django.db import connection

from jobs.models import Job
from tests.faults.machine import kill
from tests.faults.payout import add_balances, differences, start_payout
from tests.processes.running import wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
needs_postgres = pytest.mark.postgres
PEOPLE = 12_000
RECOVERY_SECONDS = 60


def status_of(job):
    return Job.objects.values_list("status", flat=True).get(pk=job.pk)


def phase_of(job):
    status, phase = Job.objects.values_list("status", "phase").get(pk=job.pk)
    return phase if status == "running" else status


def wait_for_phase(job, phase):
    """Return once the job is in the phase, or beyond it where it was too quick."""
    wait_until(lambda: phase_of(job) in {phase, "writing", "done"}, f"the import did not come to {phase}")


def wait_for_done(job):
    wait_until(lambda: status_of(job) not in {"queued", "running"}, "the import did not end", RECOVERY_SECONDS)


def test_a_worker_killed_again_and_again_redeems_every_row_once(here, ann):
    owners = add_balances(PEOPLE, "killed")
    here.start("scheduler")
    worker = here.worker()
    job = start_payout(owners, user=ann)
    rng = random.Random(7)

    for phase in ("reading", "applying"):
        wait_for_phase(job, phase)
        time.sleep(rng.random() * 0.1)
        kill(worker)
        worker.wait()
        worker = here.worker()
    wait_for_done(job)

    assert differences(job, owners) == []
    assert job.events.filter(code="resumed").exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="manage.py up runs on what the machine has")
def test_the_one_command_goes_on_by_itself_when_its_worker_is_killed(here, ann):
    owners = add_balances(PEOPLE, "up")
    here.start("up", "--no-demo")
    wait_until(here.supervised_worker, "no worker was started")
    job = start_payout(owners, user=ann)
    wait_for_phase(job, "applying")

    os.kill(here.supervised_worker(), signal.SIGKILL)
    wait_for_done(job)

    assert differences(job, owners) == []


@needs_postgres
def test_redis_stopped_flushed_and_started_again_loses_and_repeats_nothing(here, broker, ann):
    owners = add_balances(PEOPLE, "redis")
    others = add_balances(100, "later")
    here.start("scheduler")
    here.worker()
    job = start_payout(owners, user=ann)
    wait_for_phase(job, "reading")

    broker.stop()
    later = start_payout(others, user=ann)
    time.sleep(2)
    broker.start()
    broker.flush()
    wait_for_done(job)
    wait_for_done(later)

    assert [differences(job, owners), differences(later, others)] == [[], []]


@needs_postgres
def test_one_message_delivered_eight_times_has_one_effect(here, broker, ann):
    owners = add_balances(2_000, "eight")
    for _ in range(2):
        here.worker()
    job = start_payout(owners, user=ann)

    with Celery(broker=broker.url, set_as_current=False) as sender:
        for _ in range(8):
            sender.send_task("jobs.run_job", args=[job.pk])
    wait_for_done(job)

    assert differences(job, owners) == []
    assert list(job.events.values_list("code", flat=True)) == ["created", "started", "done"]


def test_a_worker_that_is_asked_to_stop_hands_its_import_over(here, ann):
    owners = add_balances(PEOPLE, "stopped")
    here.start("scheduler")
    worker = here.worker()
    job = start_payout(owners, user=ann)
    wait_for_phase(job, "applying")

    code = worker.end(signal.SIGTERM)
    handed_over = status_of(job)
    here.worker()
    wait_for_done(job)

    assert (code, handed_over) in {(0, "queued"), (0, "done")}
    assert differences(job, owners) == []


@needs_postgres
@pytest.mark.parametrize("phase", ["reading", "applying"])
def test_a_worker_paused_beyond_its_lease_does_nothing_more(here, ann, phase):
    owners = add_balances(PEOPLE, "paused")
    here.start("scheduler")
    paused = here.worker()
    job = start_payout(owners, user=ann)
    wait_for_phase(job, phase)
    kill(paused, signal.SIGSTOP)
    token = Job.objects.values_list("lease_token", flat=True).get(pk=job.pk)

    here.worker()
    wait_until(
        lambda: not Job.objects.filter(pk=job.pk, lease_token=token).exclude(lease_token="").exists(),
        "nobody took the import over",
    )
    kill(paused, signal.SIGCONT)
    wait_for_done(job)

    assert differences(job, owners) == []
