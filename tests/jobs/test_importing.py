from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.base import File
from django.core.files.storage import default_storage

from advocate.lib import clock
from jobs import hold, importing, results, types
from jobs.errors import EmptyUpload, JobNotOpen, RowsRefused, SameContent, TooLarge
from jobs.models import Job
from jobs.operations import ImportChoices, cancel_job, claim_job, confirm_import, discard_import, retry_job
from jobs.runner import run_job
from tests.conftest import NOON
from tests.jobs.conftest import ANN, checked, run, upload
from tests.jobs.scores import SCORES, Score, ScoreRow

pytestmark = pytest.mark.django_db

MIXED = ("u1,5", "u2,0", "x3,7", "u4,many", "u5,6")


def _table(name: str) -> list[list[str]]:
    with default_storage.open(name) as file:
        return list(csv.reader(io.StringIO(file.read().decode("utf-8-sig"))))


def _confirmed(job: Job, **choices) -> Job:
    confirm_import(job=job, by=ANN, at=clock.now(), **choices)
    return run(job)


def _counts(job: Job) -> tuple[int, int, int, int]:
    return job.rows_total, job.rows_done, job.rows_unchanged, job.rows_refused


def _points() -> list[tuple[str, int]]:
    return list(Score.objects.order_by("id").values_list("user_id", "points"))


def test_a_file_is_read_and_checked_and_nothing_is_changed():
    job = checked(*MIXED)

    assert (job.status, job.lease_token) == ("waiting", "")
    assert _counts(job) == (5, 0, 1, 2)
    assert job.totals == {"POINT": 11}
    assert job.detected["encoding"] == "utf-8"
    assert not Score.objects.exists()


def test_refused_rows_say_where_and_why():
    job = checked(*MIXED)

    refused = ScoreRow.objects.filter(job=job, state="refused").order_by("row_no")
    assert [(row.row_no, row.column, row.code, row.found, row.user_id) for row in refused] == [
        (4, "userId", "unknown_user", "x3", "x3"),
        (5, "points", "not_a_number", "many", "u4"),
    ]


def test_confirming_applies_the_good_rows_and_reports_all():
    job = _confirmed(checked(*MIXED))

    assert job.status == "done"
    assert _counts(job) == (5, 2, 1, 2)
    assert job.totals == {"POINT": 11}
    assert _points() == [("u1", 5), ("u5", 6)]


def test_the_errors_file_can_be_corrected_and_imported_as_it_is():
    job = _confirmed(checked(*MIXED))

    errors = _table(job.errors_file)
    assert errors == [
        ["userId", "points", "rowNumber", "column", "message"],
        ["x3", "7", "4", "userId", "Nobody has the user ID x3."],
        ["u4", "many", "5", "points", "“many” is not a whole number."],
    ]
    with default_storage.open(job.errors_file) as file:
        corrected = file.read().replace(b"x3", b"u3").replace(b"many", b"8")
    again = run(upload(file=File(io.BytesIO(corrected), name="errors.csv")))
    assert _counts(again) == (2, 0, 0, 0)
    assert _table(_confirmed(again).result_file)[0] == ["userId", "points", "rowNumber", "outcome", "column", "message"]


def test_the_results_file_tells_what_became_of_each_row():
    job = _confirmed(checked(*MIXED))

    assert [row[:4] for row in _table(job.result_file)[1:]] == [
        ["u1", "5", "2", "done"],
        ["u2", "0", "3", "unchanged"],
        ["x3", "7", "4", "refused"],
        ["u4", "many", "5", "refused"],
        ["u5", "6", "6", "done"],
    ]


def test_guarded_cells_come_back_from_the_errors_file_unchanged():
    job = _confirmed(checked("'=x1,no", "=x2,no"))

    assert [row[0] for row in _table(job.errors_file)[1:]] == ["'=x1", "'=x2"]


def test_the_errors_file_of_a_semicolon_file_keeps_its_separator():
    file = File(io.BytesIO(b'userId;points\nu1;"1,5"\n'), name="scores.csv")

    job = _confirmed(run(upload(file=file)))

    with default_storage.open(job.errors_file) as errors:
        assert errors.read().decode("utf-8-sig").splitlines()[1].startswith("u1;1,5;2;points;")


def test_discarding_changes_nothing_and_lets_the_content_in_later():
    job = checked("u1,5")

    discard_import(job=job, by=ANN, at=NOON)

    job.refresh_from_db()
    assert (job.status, job.content_key) == ("discarded", None)
    assert _confirmed(checked("u1,5")).status == "done"


def test_the_same_content_again_is_refused_until_it_is_asked_for():
    _confirmed(checked("u1,5"))
    again = checked("u1,5")
    assert [warning["code"] for warning in again.warnings] == ["same_content"]

    with pytest.raises(SameContent):
        confirm_import(job=again, by=ANN, at=NOON)

    again.refresh_from_db()
    assert (again.status, _points()) == ("waiting", [("u1", 5)])
    assert _confirmed(again, again=True).status == "done"
    assert _points() == [("u1", 5), ("u1", 5)]


def test_the_same_content_waits_for_confirmation_even_without_a_preview():
    _confirmed(checked("u1,5"))

    job = run(upload("u1,5", choices=ImportChoices(without_preview=True)))

    assert (job.status, _points()) == ("waiting", [("u1", 5)])


def test_an_import_without_preview_is_applied_at_once():
    job = run(upload(*MIXED, choices=ImportChoices(without_preview=True)))

    assert (job.status, job.confirmed_by) == ("done", ANN.label)
    assert _counts(job) == (5, 2, 1, 2)


def test_all_or_nothing_is_refused_when_a_row_is():
    job = checked(*MIXED)

    with pytest.raises(RowsRefused):
        confirm_import(job=job, by=ANN, at=NOON, all_or_nothing=True)

    job.refresh_from_db()
    assert (job.status, job.content_key) == ("waiting", None)


def test_all_or_nothing_without_preview_applies_nothing_when_a_row_is_refused():
    job = run(upload(*MIXED, choices=ImportChoices(without_preview=True, all_or_nothing=True)))

    assert (job.status, job.error_code) == ("failed", "all_or_nothing")
    assert _counts(job) == (5, 0, 1, 4)
    assert not Score.objects.exists()
    assert len(_table(job.errors_file)) == 5


def test_all_or_nothing_undoes_all_when_a_row_can_no_longer_be_applied():
    good = [f"u{n},1" for n in range(25)]

    job = _confirmed(checked(*good, "spent1,4"), all_or_nothing=True)

    assert (job.status, job.content_key) == ("failed", None)
    assert _counts(job) == (26, 0, 0, 26)
    assert not Score.objects.exists()
    assert ScoreRow.objects.get(row_no=27).code == "spent"
    assert ScoreRow.objects.filter(code="all_or_nothing").count() == 25


def test_all_or_nothing_applies_all_as_one():
    job = _confirmed(checked(*[f"u{n},1" for n in range(25)]), all_or_nothing=True)

    assert (job.status, _counts(job), job.totals) == ("done", (25, 25, 0, 0), {"POINT": 25})
    assert Score.objects.count() == 25


def test_a_row_that_can_no_longer_be_applied_is_refused_alone():
    job = _confirmed(checked("u1,5", "spent2,6"))

    assert (job.status, _counts(job), _points()) == ("done", (2, 1, 0, 1), [("u1", 5)])


def test_cancelling_while_applying_keeps_what_is_applied_and_reports_the_rest(monkeypatch):
    job = checked(*[f"u{n},1" for n in range(25)])

    def cancelling(job_, low, high, at):
        if low == 10:
            cancel_job(job=job, by=ANN, at=at)
        return SCORES.apply_chunk(job_, low, high, at)

    _offer(monkeypatch, apply_chunk=cancelling)
    _confirmed(job)

    assert job.status == "cancelled"
    assert _counts(job) == (25, 18, 0, 7)
    assert Score.objects.count() == 18
    assert [row[2] for row in _table(job.errors_file)[1:]] == [str(number) for number in range(20, 27)]


def test_cancelling_an_all_or_nothing_import_applies_nothing(monkeypatch):
    job = checked(*[f"u{n},1" for n in range(25)])

    def cancelling(job_, low, high, at):
        Job.objects.filter(pk=job.pk).update(cancel_requested_at=at)
        hold_in_use[0]._cancelled = True
        return SCORES.apply_chunk(job_, low, high, at)

    hold_in_use = []
    plain = importing._apply_as_one

    def remembering(*args):
        hold_in_use.append(args[2])
        plain(*args)

    monkeypatch.setattr(importing, "_apply_as_one", remembering)
    _offer(monkeypatch, apply_chunk=cancelling)
    _confirmed(job, all_or_nothing=True)

    assert (job.status, _counts(job)) == ("cancelled", (25, 0, 0, 25))
    assert not Score.objects.exists()


def test_cancelling_while_reading_ends_the_import_with_nothing_to_report(monkeypatch):
    job = upload("u1,5")

    def reading(source):
        cancel_job(job=job, by=ANN, at=NOON)
        assert SCORES.reader is not None
        return SCORES.reader(source)

    _offer(monkeypatch, reader=reading)
    run(job)

    assert (job.status, job.rows_total, job.result_file) == ("cancelled", 0, "")


def test_cancelling_after_the_last_chunk_comes_too_late():
    job = checked("u1,5")
    confirm_import(job=job, by=ANN, at=NOON)
    Job.objects.filter(pk=job.pk).update(phase="writing", next_row=3, rows_done=1, cancel_requested_at=NOON)

    run(job)

    assert (job.status, _counts(job)) == ("done", (1, 1, 0, 0))


def test_a_worker_that_is_being_stopped_goes_no_further_than_its_chunk(monkeypatch):
    job = checked(*[f"u{n},1" for n in range(25)])

    def stopping(*args):
        hold.stop_soon()
        return SCORES.apply_chunk(*args)

    _offer(monkeypatch, apply_chunk=stopping)
    _confirmed(job)
    assert (job.status, job.next_row, job.rows_done) == ("queued", 10, 8)

    hold.go_on()
    _offer(monkeypatch, apply_chunk=SCORES.apply_chunk)
    run(job)
    assert (job.status, _counts(job), Score.objects.count()) == ("done", (25, 25, 0, 0), 25)


@pytest.mark.parametrize("where", ["reader", "refuse", "preview", "apply_chunk", "write_results"])
def test_an_interrupted_import_goes_on_where_it_was(monkeypatch, where):
    """A worker dies in the middle of each step in turn; another one finishes the job."""
    job = upload(*[f"u{n},1" for n in range(24)], "x1,1", choices=ImportChoices(without_preview=True))
    calls = iter(range(100))

    def dies(*args, **options):
        if next(calls) == 0:
            raise KilledError
        return plain(*args, **options)

    plain: Callable[..., Any]
    if where == "write_results":
        plain = results.write_results
        monkeypatch.setattr(importing, "write_results", dies)
    elif where == "refuse":
        plain = SCORES.checks[0]
        _offer(monkeypatch, checks=(dies,))
    else:
        plain = getattr(SCORES, where)
        _offer(monkeypatch, **{where: dies})
    with pytest.raises(KilledError):
        run_job(job.pk)
    Job.objects.filter(pk=job.pk).update(lease_until=NOON)

    run(job)

    assert (job.status, _counts(job), job.totals) == ("done", (25, 24, 0, 1), {"POINT": 24})
    assert Score.objects.count() == 24
    assert ScoreRow.objects.filter(job=job).count() == 25


def test_a_worker_that_lost_its_lease_undoes_its_chunk(monkeypatch):
    job = checked(*[f"u{n},1" for n in range(25)])

    def losing(job_, low, high, at):
        Job.objects.filter(pk=job.pk).update(lease_token="another")
        return SCORES.apply_chunk(job_, low, high, at)

    _offer(monkeypatch, apply_chunk=losing)
    _confirmed(job)

    # Its own update of the token is undone with the chunk here, too; what matters is that nothing was applied.
    assert (job.status, job.next_row, Score.objects.count()) == ("running", 0, 0)


def test_a_failed_import_started_again_goes_on_and_repeats_nothing(monkeypatch):
    job = checked(*[f"u{n},1" for n in range(25)])

    def failing(job_, low, high, at):
        if low == 10:
            raise ZeroDivisionError
        return SCORES.apply_chunk(job_, low, high, at)

    _offer(monkeypatch, apply_chunk=failing)
    confirm_import(job=job, by=ANN, at=NOON)
    statuses = [run(job).status for _ in range(3)]
    assert (statuses[-1], job.error_code, job.rows_done) == ("failed", "our_fault", 8)

    _offer(monkeypatch, apply_chunk=SCORES.apply_chunk)
    retry_job(job=job, by=ANN, at=clock.now())
    run(job)

    assert (job.status, _counts(job), Score.objects.count()) == ("done", (25, 25, 0, 0), 25)


def test_a_refused_file_is_not_started_again():
    job = run(upload(file=File(io.BytesIO(b"a,b\n1,2\n"), name="x.csv")))
    assert (job.status, job.error_code) == ("failed", "missing_column")

    with pytest.raises(JobNotOpen):
        retry_job(job=job, by=ANN, at=clock.now())

    job.refresh_from_db()
    assert job.status == "failed"


def test_a_file_without_rows_is_refused():
    job = run(upload())

    assert (job.status, job.error_code) == ("failed", "no_rows")


def test_an_empty_file_is_refused_at_once():
    with pytest.raises(EmptyUpload):
        upload(file=File(io.BytesIO(b""), name="x.csv"))

    assert not Job.objects.exists()


def test_a_file_beyond_the_limit_is_refused_before_it_is_stored(settings):
    settings.IMPORT_MAX_BYTES = 10

    with pytest.raises(TooLarge):
        upload("u1,5")

    assert not Job.objects.exists()
    assert not default_storage.exists("jobs")


def test_a_form_sent_twice_is_one_import():
    first = upload("u1,5", form_token="abc")

    second = upload("u1,5", form_token="abc")

    assert (second.pk, Job.objects.count()) == (first.pk, 1)
    assert default_storage.listdir("jobs")[0] == [first.public_id]


def test_a_hostile_file_name_never_reaches_storage():
    job = upload("u1,5", name="../../etc/passwd\r\nX: y.exe")

    assert job.source_file == f"jobs/{job.public_id}/source.dat"
    assert run(job).status == "waiting"


def test_a_job_that_is_over_can_be_neither_confirmed_nor_cancelled():
    job = _confirmed(checked("u1,5"))

    for decide in (confirm_import, discard_import, cancel_job, retry_job):
        with pytest.raises(JobNotOpen):
            decide(job=job, by=ANN, at=NOON)

    job.refresh_from_db()
    assert (job.status, Score.objects.count()) == ("done", 1)


def test_claiming_twice_gives_one_lease():
    job = upload("u1,5")

    assert claim_job(job_id=job.pk, at=NOON) is not None
    assert claim_job(job_id=job.pk, at=NOON) is None


class KilledError(BaseException):
    """What a kill -9 looks like from inside: no handler runs."""


def _offer(monkeypatch, **changes):
    monkeypatch.setitem(types._imports, "scores", replace(SCORES, **changes))
