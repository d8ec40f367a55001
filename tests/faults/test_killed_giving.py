"""Giving every advocate their set of codes, by real workers that are killed and paused in the middle."""

from __future__ import annotations

import random
import signal
import sys
import time

import pytest

from jobs.models import Job
from tests.faults.giving import EACH, add_program, differences, start_giving
from tests.faults.machine import kill
from tests.processes.running import wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
PEOPLE = 4_000
ENOUGH = PEOPLE * EACH + 100
TOO_FEW = PEOPLE * EACH - 777
RECOVERY_SECONDS = 90


def wait_for_phase(job, phase):
    def has_come():
        status, now = Job.objects.values_list("status", "phase").get(pk=job.pk)
        return status == "done" or (status == "running" and now in {phase, "writing"})

    wait_until(has_come, f"the job did not come to {phase}")


def wait_for_done(job):
    def is_over():
        return Job.objects.get(pk=job.pk).is_over

    wait_until(is_over, "the job did not end", RECOVERY_SECONDS)


@pytest.mark.parametrize("codes", [ENOUGH, TOO_FEW])
def test_a_worker_killed_again_and_again_gives_every_set_once(here, ann, codes):
    pool = add_program(PEOPLE, codes, "killed")
    here.start("scheduler")
    worker = here.worker()
    job = start_giving(pool, user=ann)
    rng = random.Random(7)

    for phase in ("reading", "applying", "applying"):
        wait_for_phase(job, phase)
        time.sleep(rng.random() * 0.1)
        kill(worker)
        worker.wait()
        worker = here.worker()
    wait_for_done(job)

    assert differences(job, pool, PEOPLE, codes) == []
    assert job.events.filter(code="resumed").exists()


@pytest.mark.postgres
def test_a_worker_paused_beyond_its_lease_gives_nothing_more(here, ann):
    pool = add_program(PEOPLE, ENOUGH, "paused")
    here.start("scheduler")
    paused = here.worker()
    job = start_giving(pool, user=ann)
    wait_for_phase(job, "applying")
    kill(paused, signal.SIGSTOP)
    token = Job.objects.values_list("lease_token", flat=True).get(pk=job.pk)

    here.worker()
    wait_until(
        lambda: not Job.objects.filter(pk=job.pk, lease_token=token).exclude(lease_token="").exists(),
        "nobody took the job over",
    )
    kill(paused, signal.SIGCONT)
    wait_for_done(job)

    assert differences(job, pool, PEOPLE, ENOUGH) == []
