from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.urls import reverse

from jobs import importing
from jobs.models import Job
from jobs.runner import run_job
from outbox.models import Email
from promocodes.give_codes import staging
from promocodes.give_codes.applying import give_chunk
from promocodes.models import CodeHolder, StagedSet
from promocodes.operations import fill_set
from team.audit import Actor
from team.models import Role, User
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program
from tests.promocodes.sets import add_codes, held, in_stock, make_advocate, start_giving, waiting

pytestmark = pytest.mark.django_db


def run(job):
    run_job(job.pk)
    job.refresh_from_db()
    return job


def results_of(job):
    with default_storage.open(job.result_file) as file:
        header, *rows = csv.reader(io.StringIO(file.read().decode("utf-8-sig")))
    assert header == ["accountId", "userId", "codes", "waiting"]
    return rows


def test_every_advocate_of_the_program_gets_their_set():
    pool = make_pool(codes_each=2)
    people = [make_advocate(pool) for _ in range(5)]
    stranger, elsewhere = make_participant(), make_advocate(make_pool())
    add_codes(pool, 12)

    job = run(start_giving(pool))

    assert (job.status, job.rows_total, job.rows_done) == (Job.Status.DONE, 5, 5)
    assert job.totals == {"given": 10}
    assert [held(pool, person) for person in (*people, stranger, elsewhere)] == [2, 2, 2, 2, 2, 0, 0]
    assert (in_stock(pool), waiting(pool)) == (2, [])


def test_the_jobs_page_names_the_program(client, log_in):
    pool = make_pool(program=make_program(name="Spring"))
    log_in(Role.VIEWER)

    page = client.get(reverse("admin:jobs_job_detail", args=[start_giving(pool).public_id])).content.decode()

    assert "<dt>Program</dt><dd>Spring</dd>" in page


def test_its_mail_and_page_count_advocates_and_codes(client, log_in):
    pool = make_pool(program=make_program(name="Spring"), codes_each=2)
    for _ in range(2):
        make_advocate(pool)
    add_codes(pool, 3)
    log_in(Role.FULL_ACCESS)

    job = run(start_giving(pool, by=Actor.of(User.objects.get())))
    mail = Email.objects.get(name="run-finished")
    page = client.get(reverse("admin:jobs_job_detail", args=[job.public_id])).content.decode()

    assert mail.subject == "Codes: finished"
    assert "“Codes” (Giving codes to advocates) is finished." in mail.text
    assert "Advocates: 2\nDone: 2\nCodes given: 3\nAdvocates who wait: 1\n" in mail.text
    assert not {word for word in ("import", "Import", "ows", "Unchanged", "Refused") if word in mail.text}
    assert "<dt>Advocates</dt><dd>2</dd>" in page
    assert "<dt>Codes given</dt><dd>3</dd>" in page
    assert "What was given" in page
    assert not {word for word in ("What became of", "Rows", "Unchanged", "Refused") if word in page}


def test_those_for_whom_no_codes_are_left_wait_in_the_order_of_joining():
    pool = make_pool(codes_each=2)
    people = [make_advocate(pool) for _ in range(4)]
    add_codes(pool, 5)

    job = run(start_giving(pool))

    assert job.totals == {"given": 5, "waiting": 2}
    assert [held(pool, person) for person in people] == [2, 2, 1, 0]
    assert waiting(pool) == people[2:]
    assert [row[2:] for row in results_of(job)] == [["2", ""], ["2", ""], ["1", "yes"], ["0", "yes"]]


def test_sets_that_are_full_or_have_some_are_only_filled_up():
    pool = make_pool(codes_each=2)
    full, half, new = (make_advocate(pool) for _ in range(3))
    add_codes(pool, 20)
    for person in (full, half):
        fill_set(pool=pool, participant=person, at=NOON)
    type(pool).objects.filter(pk=pool.pk).update(codes_each=3)

    run(start_giving(pool))
    again = run(start_giving(pool))

    assert [held(pool, person) for person in (full, half, new)] == [3, 3, 3]
    assert again.totals == {}


def test_whoever_waited_before_stays_ahead():
    pool = make_pool(codes_each=2)
    ada, bob = make_advocate(pool), make_advocate(pool)
    fill_set(pool=pool, participant=bob, at=NOON - timedelta(days=1))
    add_codes(pool, 3)

    job = run(start_giving(pool))

    assert waiting(pool) == [bob, ada]
    assert job.totals == {"waiting": 2}


def test_the_blocked_get_none():
    pool = make_pool(codes_each=2)
    mallory, ada = make_advocate(pool, date_blocked=NOON), make_advocate(pool)
    add_codes(pool, 4)

    job = run(start_giving(pool))

    assert (job.rows_total, held(pool, mallory), held(pool, ada)) == (1, 0, 2)


def test_a_program_without_advocates_is_done_at_once(woken, django_capture_on_commit_callbacks):
    pool = make_pool()

    with django_capture_on_commit_callbacks(execute=True):
        job = run(start_giving(pool))

    assert (job.status, job.rows_total) == (Job.Status.DONE, 0)
    assert woken == [("promocodes.serve_waiting", pool.pk)]


def test_many_advocates_are_staged_and_served_in_many_steps(monkeypatch):
    monkeypatch.setattr(staging, "LOOKED_AT_ONCE", 3)
    monkeypatch.setattr(importing, "_chunk_rows", lambda _kind: 2, raising=False)
    pool, other = make_pool(codes_each=1), make_pool()
    people = [make_advocate(pool if number % 2 else other) for number in range(14)][1::2]
    add_codes(pool, 7)

    job = run(start_giving(pool))

    assert list(StagedSet.objects.filter(job=job).order_by("row_no").values_list("row_no", flat=True)) == [
        1, 2, 3, 4, 5, 6, 7,
    ]  # fmt: skip
    assert {held(pool, person) for person in people} == {1}


def test_a_chunk_that_runs_again_gives_nothing_twice():
    pool = make_pool(codes_each=2)
    people = [make_advocate(pool) for _ in range(3)]
    add_codes(pool, 20)
    job = run(start_giving(pool))

    applied = give_chunk(job, 1, 3, NOON)

    assert (applied.done, applied.totals) == (3, {"given": 0, "waiting": 0})
    assert {held(pool, person) for person in people} == {2}


def test_who_is_blocked_after_the_staging_gets_none():
    pool = make_pool(codes_each=2)
    mallory, ada = make_advocate(pool), make_advocate(pool)
    add_codes(pool, 20)
    job = start_giving(pool)
    list(staging.stage_advocates(job))
    type(mallory).objects.filter(pk=mallory.pk).update(date_blocked=NOON)

    applied = give_chunk(job, 1, 2, NOON)

    assert (applied.done, applied.totals["given"]) == (2, 2)
    assert (held(pool, mallory), held(pool, ada)) == (0, 2)
    assert not CodeHolder.objects.filter(participant=mallory).exists()
