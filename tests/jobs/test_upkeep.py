from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from jobs import files
from jobs.models import Job
from jobs.operations import claim_job, remove_expired_files, wake_forgotten_jobs
from jobs.wake import wake_worker
from tests.conftest import NOON
from tests.jobs.conftest import checked, report, upload
from tests.jobs.scores import ScoreRow

pytestmark = pytest.mark.django_db

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


def test_a_job_whose_message_was_lost_is_woken(woken):
    job = report()

    assert wake_forgotten_jobs(at=NOON + SECOND) == 1
    assert woken == [job.pk]


def test_a_job_that_was_just_woken_is_left_alone_for_a_while(woken):
    report()
    wake_forgotten_jobs(at=NOON)

    assert wake_forgotten_jobs(at=NOON + LEASE) == 0
    assert wake_forgotten_jobs(at=NOON + LEASE + SECOND) == 1


def test_a_job_whose_worker_went_silent_is_woken_when_its_lease_ends(woken):
    job = report()
    claim_job(job_id=job.pk, at=NOON)

    assert wake_forgotten_jobs(at=NOON + LEASE) == 0
    assert wake_forgotten_jobs(at=NOON + LEASE + SECOND) == 1
    assert claim_job(job_id=job.pk, at=NOON + LEASE + SECOND) is not None


def test_a_job_that_waits_for_a_person_is_not_woken(woken):
    checked("u1,5")

    assert wake_forgotten_jobs(at=NOON + timedelta(days=1)) == 0


def test_a_broker_that_is_away_loses_no_job(monkeypatch, caplog):
    def away(*_args, **_options):
        raise ConnectionRefusedError

    monkeypatch.setattr("jobs.wake.current_app.send_task", away)
    job = report()

    assert wake_worker(job.pk) is False
    assert "job.wake_failed" in caplog.text
    job.refresh_from_db()
    assert job.status == "queued"


def test_an_import_that_nobody_confirmed_expires_with_its_rows():
    job = checked("u1,5")
    soon = job.expires_at - SECOND
    assert remove_expired_files(at=soon) == 0

    assert remove_expired_files(at=job.expires_at) == 1

    job.refresh_from_db()
    assert (job.status, job.source_file, job.finished_at) == ("expired", "", job.files_removed_at)
    assert not default_storage.listdir("jobs")[0]
    assert not ScoreRow.objects.exists()


def test_what_a_killed_worker_left_in_storage_goes_too():
    job = upload("u1,5")
    with default_storage.open(f"jobs/{job.public_id}/report_half.csv", "wb") as orphan:
        orphan.write(b"x")

    remove_expired_files(at=job.expires_at)

    assert not default_storage.exists(f"jobs/{job.public_id}")


def test_a_running_job_keeps_its_files():
    job = upload("u1,5")
    claim_job(job_id=job.pk, at=NOON)

    assert remove_expired_files(at=job.expires_at) == 0
    assert default_storage.exists(job.source_file)


def test_an_applied_import_stays_done_when_its_files_go():
    job = checked("u1,5")
    Job.objects.filter(pk=job.pk).update(status="done", finished_at=NOON, rows_done=1)

    remove_expired_files(at=job.expires_at)

    job.refresh_from_db()
    assert (job.status, job.finished_at, job.rows_done) == ("done", NOON, 1)
    assert job.files_removed_at is not None


def test_folders_of_a_worker_killed_yesterday_are_removed():
    with files.work_folder() as fresh:
        old = files.work_parent() / "old"
        old.mkdir()
        (old / "half.csv").write_text("x")
        yesterday = time.time() - 90_000
        os.utime(old, (yesterday, yesterday))

        files.remove_abandoned_work()

        assert fresh.exists()
    assert not old.exists()
