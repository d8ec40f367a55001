from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from advocate.lib import clock
from jobs.errors import JobNotOpen, LeaseLost, SameContent
from jobs.models import Job, JobEvent
from jobs.operations import (
    cancel_job,
    claim_job,
    confirm_import,
    discard_import,
    release_job,
    wake_forgotten_jobs,
)
from jobs.operations.lease import Lease
from jobs.runner import run_job
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.jobs.conftest import ANN, _types, _working_worker, checked, django_db_setup, report, run, upload, woken  # noqa: F401
from tests.jobs.scores import Score

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 8


def test_of_eight_claims_one_gets_the_job():
    job = report()

    leases = race([partial(claim_job, job_id=job.pk, at=NOON)] * THREADS)

    assert sum(isinstance(lease, Lease) for lease in leases) == 1
    assert leases.count(None) == THREADS - 1
    job.refresh_from_db()
    assert job.attempts == 1


def test_of_eight_claims_of_a_silent_workers_job_one_gets_it():
    job = report()
    first = claim_job(job_id=job.pk, at=NOON)

    leases = race([partial(claim_job, job_id=job.pk, at=NOON + timedelta(hours=1))] * THREADS)

    won = [lease for lease in leases if isinstance(lease, Lease)]
    assert len(won) == 1
    assert won[0] != first


def test_a_task_delivered_eight_times_at_once_has_one_effect():
    job = checked(*[f"u{n},1" for n in range(40)])
    confirm_import(job=job, by=ANN, at=clock.now())

    ran = race([partial(run_job, job.pk)] * THREADS)

    assert sum(one is True for one in ran) == 1
    job.refresh_from_db()
    assert (job.status, job.rows_done, Score.objects.count()) == ("done", 40, 40)
    assert JobEvent.objects.filter(job=job, code="done").count() == 1


def test_eight_files_of_one_content_are_confirmed_once():
    jobs = [checked("u1,5") for _ in range(THREADS)]

    results = race([partial(confirm_import, job=job, by=ANN, at=NOON) for job in jobs])

    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, SameContent) for result in results) == THREADS - 1
    assert Job.objects.filter(status="queued").count() == 1


def test_confirming_and_discarding_at_once_do_one_of_the_two():
    job = checked("u1,5")

    calls = [partial(confirm_import, job=job, by=ANN, at=NOON), partial(discard_import, job=job, by=ANN, at=NOON)]
    results = race(calls * 4)

    assert sum(result is None for result in results) == 1
    assert sum(isinstance(result, JobNotOpen) for result in results) == THREADS - 1
    job.refresh_from_db()
    assert job.status in {"queued", "discarded"}


def test_a_double_click_on_start_is_one_import():
    results = race([partial(upload, "u1,5", form_token="abc")] * THREADS)

    assert len({job.pk for job in results}) == 1
    assert Job.objects.count() == 1


def test_cancelling_while_it_ends_leaves_one_end():
    for _ in range(5):
        job = report()
        results = race([partial(run_job, job.pk), partial(cancel_job, job=job, by=ANN, at=clock.now())])

        job.refresh_from_db()
        assert job.status in {"done", "cancelled"}
        assert (job.result_file != "") is (job.status == "done")
        assert results[1] is None or isinstance(results[1], JobNotOpen)
        ends = JobEvent.objects.filter(job=job, code__in=["done", "cancelled"])
        assert [event.code for event in ends] == [job.status]


def test_who_lost_the_lease_cannot_give_the_job_back():
    job = report()
    lost = claim_job(job_id=job.pk, at=NOON)
    assert lost is not None
    taken = claim_job(job_id=job.pk, at=NOON + timedelta(hours=1))
    assert taken is not None

    results = race([partial(release_job, lease=lost, at=NOON)] * 4)

    assert all(isinstance(result, LeaseLost) for result in results)
    job.refresh_from_db()
    assert (job.status, job.lease_token) == ("running", taken.token)


def test_sweeps_at_once_wake_a_forgotten_job_and_running_it_twice_is_harmless(woken):  # noqa: F811
    job = report()
    woken.clear()

    race([partial(wake_forgotten_jobs, at=NOON + timedelta(hours=1))] * 4)

    assert set(woken) == {job.pk}
    assert run(job).status == "done"
