"""What stops a job at the same place each time, at the last moment, or in a worker that has lost it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from advocate.lib import clock
from jobs import importing, results, staging, types
from jobs.errors import LeaseLost, SameContent
from jobs.hold import Hold
from jobs.models import Job
from jobs.operations import cancel_job, claim_job, confirm_import, finish, release_job
from jobs.runner import run_job
from tests.conftest import NOON
from tests.jobs.conftest import ANN, checked, run, upload
from tests.jobs.scores import SCORES, Score, ScoreRow

pytestmark = pytest.mark.django_db


class KilledError(BaseException):
    """Ends a run as kill -9 does: nothing is tidied up that goes by Exception."""


def offer(monkeypatch, **changes):
    monkeypatch.setitem(types._imports, SCORES.slug, replace(SCORES, **changes))


def fails(*_args, **_options):
    raise ZeroDivisionError


def killed_after_a_chunk(start, job, low, high, at):
    if low > start:
        raise KilledError
    return SCORES.apply_chunk(job, low, high, at)


@pytest.mark.parametrize("step", ["reader", "preview", "apply_chunk", "write_results"])
def test_an_error_that_comes_back_each_time_ends_the_job_after_three_tries(monkeypatch, step):
    job = checked("u1,5") if step in {"apply_chunk", "write_results"} else upload("u1,5")
    if job.status == "waiting":
        confirm_import(job=job, by=ANN, at=NOON)
    if step == "write_results":
        monkeypatch.setattr(importing, "write_results", fails)
    else:
        offer(monkeypatch, **{step: fails})

    statuses = [run(job).status for _ in range(3)]

    assert statuses == ["queued", "queued", "failed"]
    assert job.error_code == "our_fault"


def test_workers_that_die_at_the_same_place_each_time_are_given_up(monkeypatch, settings):
    settings.JOB_MAX_ATTEMPTS = 3
    job = upload("u1,5")

    def killed(_job):
        raise KilledError

    offer(monkeypatch, preview=killed)
    for _ in range(3):
        with pytest.raises(KilledError):
            run_job(job.pk)
        Job.objects.filter(pk=job.pk).update(lease_until=NOON)
    run(job)

    assert (job.status, job.error_code, job.error_params["attempts"]) == ("failed", "kept_stopping", 3)


def test_workers_that_die_further_on_each_time_are_not_given_up(monkeypatch, settings):
    settings.JOB_MAX_ATTEMPTS = 3
    job = checked(*[f"u{n},1" for n in range(60)])
    confirm_import(job=job, by=ANN, at=NOON)

    for start in range(0, 50, 10):
        offer(monkeypatch, apply_chunk=partial(killed_after_a_chunk, start))
        with pytest.raises(KilledError):
            run_job(job.pk)
        Job.objects.filter(pk=job.pk).update(lease_until=NOON)
    offer(monkeypatch)
    run(job)

    assert (job.status, job.rows_done, Score.objects.count()) == ("done", 60, 60)


def test_what_was_imported_again_is_known_the_next_time():
    first = checked("u1,5")
    confirm_import(job=first, by=ANN, at=NOON, again=True)
    run(first)

    second = checked("u1,5")

    assert [warning["code"] for warning in second.warnings] == ["same_content"]
    with pytest.raises(SameContent):
        confirm_import(job=second, by=ANN, at=NOON)


def test_cancelling_at_the_end_of_checking_cancels(monkeypatch):
    job = upload("u1,5")
    plain = finish.end_checked

    def late(**options):
        cancel_job(job=job, by=ANN, at=NOON)
        plain(**options)

    monkeypatch.setattr(importing, "end_checked", late)
    run(job)

    assert (job.status, job.lease_token) == ("cancelled", "")
    assert list(job.events.values_list("code", flat=True)) == ["created", "started", "cancelling", "cancelled"]


def test_an_import_handed_over_while_writing_its_files_still_reports_when_cancelled(monkeypatch):
    job = checked("u1,5", "spent,5")
    confirm_import(job=job, by=ANN, at=NOON, all_or_nothing=True)

    def stops(_job, _kind, hold):
        release_job(lease=hold.lease, at=NOON)
        hold.check()

    monkeypatch.setattr(importing, "write_results", stops)
    run(job)
    assert (job.status, job.phase, job.next_row) == ("queued", "writing", 0)
    monkeypatch.setattr(importing, "write_results", results.write_results)

    cancel_job(job=job, by=ANN, at=NOON)
    run(job)

    assert (job.status, job.rows_refused, job.content_key) == ("failed", 2, None)
    assert job.errors_file
    assert not Score.objects.exists()


def taken_over(job):
    """Return the hold of a worker that was paused so long that another one has the job now."""
    lease = claim_job(job_id=job.pk, at=NOON)
    assert lease
    assert claim_job(job_id=job.pk, at=clock.now() + timedelta(days=1))
    return Hold(lease)


def test_a_worker_that_comes_back_too_late_deletes_nothing_that_its_successor_staged():
    job = upload("u1,5", "u2,5")
    hold = taken_over(job)
    ScoreRow.objects.bulk_create(ScoreRow(job=job, row_no=n, state="good") for n in (2, 3))

    for _ in range(2):
        with pytest.raises(LeaseLost):
            staging.stage_file(job, SCORES, hold)

    assert ScoreRow.objects.filter(job=job).count() == 2


def test_a_worker_that_lost_the_job_between_looking_and_deleting_undoes_the_deletion(monkeypatch):
    job = upload("u1,5", "u2,5")
    hold = taken_over(job)
    monkeypatch.setattr(hold, "check", lambda: None)
    ScoreRow.objects.bulk_create(ScoreRow(job=job, row_no=n, state="good") for n in (2, 3))

    with pytest.raises(LeaseLost):
        staging.stage_file(job, SCORES, hold)

    assert ScoreRow.objects.filter(job=job).count() == 2


def test_a_worker_that_comes_back_too_late_refuses_no_row_that_its_successor_applied(monkeypatch):
    job = checked("u1,5", "u2,5")
    confirm_import(job=job, by=ANN, at=NOON, all_or_nothing=True)
    plain = importing._keep_refusals

    def taken(*args):
        plain(*args)
        claim_job(job_id=job.pk, at=clock.now() + timedelta(days=1))

    def refusing(job_, low, high, _at):
        rows = ScoreRow.objects.filter(job=job_, user_id="u1")
        return types.Applied(done=1, refused=rows.update(state="refused", code="spent", column="points"))

    monkeypatch.setattr(importing, "_keep_refusals", taken)
    offer(monkeypatch, apply_chunk=refusing)
    run(job)

    assert set(ScoreRow.objects.filter(job=job).values_list("state", flat=True)) == {"good"}
