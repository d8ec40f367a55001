from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils.translation import gettext_lazy

from advocate.lib import clock, db
from jobs import hold, types
from jobs.models import Job
from jobs.operations import cancel_job, claim_job
from jobs.operations.lease import Lease
from jobs.runner import run_job
from tests.jobs.conftest import ANN, report, run
from tests.jobs.scores import Score

pytestmark = pytest.mark.django_db(transaction=True)


def _content(name: str) -> bytes:
    with default_storage.open(name) as file:
        return bytes(file.read())


def test_a_report_is_a_csv_file_that_spreadsheets_open_right():
    Score.objects.create(user_id="00123", points=7)
    Score.objects.create(user_id="=1+1 李", points=-2)

    job = run(report())

    assert (job.status, job.rows_done, job.progress_done) == ("done", 2, 2)
    assert _content(job.result_file).decode("utf-8-sig") == "userId,points\r\n00123,7\r\n'=1+1 李,-2\r\n"
    assert job.result_bytes == len(_content(job.result_file))


def test_a_report_is_an_excel_workbook_whose_ids_are_text(tmp_path):
    Score.objects.create(user_id="00123", points=7)

    job = run(report(file_format="xlsx"))

    with default_storage.open(job.result_file) as file:
        sheet = openpyxl.load_workbook(file).worksheets[0]
        rows = [[cell.value for cell in row] for row in sheet.rows]
    assert rows == [["userId", "points"], ["00123", 7]]


def test_the_sheet_of_a_report_is_called_in_the_language_of_who_asked_for_it(monkeypatch, django_user_model):
    li = django_user_model.objects.create_user("li@example.com", language="zh-hans")
    _offer(monkeypatch, label=gettext_lazy("Participants"))
    job = report(file_format="xlsx")
    Job.objects.update(requester=li)

    run(job)

    with default_storage.open(job.result_file) as file:
        assert openpyxl.load_workbook(file).sheetnames == ["参与者"]


def test_files_expire_so_many_days_after_the_report_is_done(settings):
    settings.FILES_KEPT_DAYS = 3

    job = run(report())

    assert job.finished_at is not None
    assert job.expires_at == job.finished_at + timedelta(days=3)


def test_a_report_that_was_cancelled_before_it_began_is_not_run():
    job = report()
    cancel_job(job=job, by=ANN, at=clock.now())

    assert run_job(job.pk) is False

    job.refresh_from_db()
    assert (job.status, job.result_file) == ("cancelled", "")


def test_a_running_report_stops_when_it_is_cancelled(monkeypatch):
    job = report()

    def rows(_params, _at):
        yield "a", 1
        Job.objects.filter(pk=job.pk).update(cancel_requested_at=clock.now())
        yield "b", 2

    _offer(monkeypatch, rows=rows)

    # Cancelling within the snapshot is seen after it at the latest.
    if connection.vendor == "postgresql":
        monkeypatch.setattr(db, "snapshot", _nothing)
    run(job)

    assert (job.status, job.result_file) == ("cancelled", "")


def test_a_worker_that_is_being_stopped_hands_its_report_over(monkeypatch, woken):
    job = report()
    woken.clear()

    def rows(_params, _at):
        hold.stop_soon()
        yield "a", 1

    _offer(monkeypatch, rows=rows)
    run(job)

    assert (job.status, job.lease_token, job.attempts) == ("queued", "", 0)
    assert woken == [job.pk]

    hold.go_on()
    _offer(monkeypatch, rows=lambda _params, _at: iter([("a", 1)]))
    assert run(job).status == "done"


def test_a_worker_that_is_being_stopped_takes_no_job(woken):
    job = report()
    hold.stop_soon()

    assert run_job(job.pk) is False

    job.refresh_from_db()
    assert (job.status, job.attempts) == ("queued", 0)


def test_a_worker_that_lost_its_report_leaves_the_other_worker_alone(monkeypatch):
    job = report()
    taken: list[Lease] = []

    def rows(_params, _at):
        yield "a", 1
        later = clock.now() + timedelta(hours=1)
        other = threading.Thread(target=_take, args=(job.pk, later, taken))
        other.start()
        other.join()

    _offer(monkeypatch, rows=rows)
    if connection.vendor == "sqlite":
        monkeypatch.setattr(db, "snapshot", _nothing)
    run(job)

    assert (job.status, job.lease_token) == ("running", taken[0].token)
    assert job.result_file == ""


def test_an_error_of_ours_is_tried_again_and_then_told(monkeypatch, caplog):
    job = report()

    def rows(_params, _at):
        raise ZeroDivisionError
        yield

    _offer(monkeypatch, rows=rows)
    statuses = [run(job).status for _ in range(3)]

    assert statuses == ["queued", "queued", "failed"]
    assert (job.error_code, job.error_params) == ("our_fault", {"public_id": job.public_id})
    assert "ZeroDivisionError" in caplog.text


def test_a_job_whose_workers_keep_dying_is_given_up(settings):
    settings.JOB_MAX_ATTEMPTS = 3
    job = report()
    Job.objects.filter(pk=job.pk).update(attempts=3)

    run(job)

    assert (job.status, job.error_code) == ("failed", "kept_stopping")


def _take(job_id, later, taken):
    taken.append(claim_job(job_id=job_id, at=later))
    connection.close()


def _nothing():
    return threading.Lock()


def _offer(monkeypatch, **changes):
    changed = replace(types.export_type("score-report"), **changes)
    monkeypatch.setitem(types._exports, "score-report", changed)
