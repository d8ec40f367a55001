"""Uploads of codes against each other, against referral codes that come meanwhile, and after a kill."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from django.db import IntegrityError
from django.db.models.functions import Lower

from advocate.lib import clock
from jobs import types
from jobs.models import Job
from jobs.operations import confirm_import, create_run
from jobs.runner import run_job
from programs.models import ReferralCode
from promocodes.imports import UPLOAD_CODES, WITHDRAW_BATCH
from promocodes.models import CodeBatch, PromoCode, StagedCode
from promocodes.operations import fill_set
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import make_participant, make_pool, make_program, stock_pool
from tests.promocodes.uploads import ANN, checked, refusals, run, stock

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("working_worker", "no_broker")]


class KilledError(BaseException):
    """Ends a run as kill -9 does: nothing is tidied up that goes by Exception."""


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    """Have uploads applied in many transactions, so that the others get between them."""
    offer(monkeypatch)


def offer(monkeypatch, **changes):
    kind = replace(UPLOAD_CODES, **{"chunk_rows": 7, "sqlite_chunk_rows": 7, **changes})
    monkeypatch.setitem(types._imports, kind.slug, kind)


def ready(program, codes, **choices):
    """Return a confirmed upload of these codes."""
    job = checked(program, "code", *codes)
    confirm_import(job=job, by=ANN, at=clock.now(), **choices)
    return job


def until_over(job):
    """Run a job as workers do, after an interruption by an error, too."""
    for _ in range(5):
        run_job(job.pk)
        if Job.objects.get(pk=job.pk).is_over:
            return


def prove_upload(job):
    """Assert that an upload's counts, its batch and its codes agree, and that what it refused is somebody else's."""
    job.refresh_from_db()
    assert job.status == "done"
    assert job.rows_total == job.rows_done + job.rows_refused
    batch = CodeBatch.objects.filter(job=job).first()
    codes = PromoCode.objects.filter(batch=batch) if batch else PromoCode.objects.none()
    assert codes.count() == job.rows_done == (batch.code_count if batch else 0)
    done = StagedCode.objects.filter(job=job, state="good").values_list("text", flat=True)
    assert sorted(done) == sorted(codes.values_list("code", flat=True))
    for _row, _code, found, params in refusals(job):
        other = PromoCode.objects.annotate(folded=Lower("code")).get(folded=found.lower())
        assert other.batch_id is None or other.batch != batch
        assert params["batch"] == (other.batch.name if other.batch else "")


def test_two_uploads_of_overlapping_files_at_once_add_each_code_once():
    first, second = make_program(), make_program()
    jobs = [
        ready(first, [f"C{n}" for n in range(60)]),
        ready(second, [f"c{n}" for n in reversed(range(30, 90))]),
    ]

    race([partial(until_over, job) for job in jobs])

    for job in jobs:
        prove_upload(job)
    assert sum(job.rows_done for job in jobs) == 90
    assert sorted(code.upper() for code in [*stock(first), *stock(second)]) == sorted(f"C{n}" for n in range(90))


def test_two_all_or_nothing_uploads_in_opposite_orders_both_end_and_one_is_applied():
    program = make_program()
    jobs = [
        ready(program, [f"C{n}" for n in range(40)], all_or_nothing=True),
        ready(program, [f"c{n}" for n in reversed(range(40))], all_or_nothing=True),
    ]

    race([partial(until_over, job) for job in jobs])

    for job in jobs:
        job.refresh_from_db()
    assert sorted((job.status, job.rows_done, job.rows_refused) for job in jobs) == [("done", 40, 0), ("failed", 0, 40)]
    assert len(stock(program)) == 40


def test_referral_codes_made_during_an_upload_are_never_in_stock_as_well():
    program, ada = make_program(), make_participant()
    job = ready(program, [f"C{n}" for n in range(60)])

    def claim(number):
        ReferralCode.objects.create(program=program, participant=ada, code=f"c{number}", is_primary=False)

    outcomes = race([partial(until_over, job), *(partial(claim, number) for number in range(0, 60, 3))], threads=4)

    prove_upload(job)
    lost = [one for one in outcomes if isinstance(one, IntegrityError)]
    assert all(one is None or isinstance(one, IntegrityError) for one in outcomes)
    assert ReferralCode.objects.count() == 20 - len(lost) == job.rows_refused
    taken = {code.lower() for code in ReferralCode.objects.values_list("code", flat=True)}
    assert taken.isdisjoint(code.lower() for code in stock(program))
    assert len(stock(program)) + len(taken) == 60


def test_an_upload_that_was_killed_goes_on_and_calls_none_of_its_codes_known(monkeypatch):
    program = make_program()
    job = ready(program, [f"C{n}" for n in range(40)])

    def killed_in_the_third_chunk(job, low, high, at):
        applied = UPLOAD_CODES.apply_chunk(job, low, high, at)
        if low >= 14:
            raise KilledError
        return applied

    offer(monkeypatch, apply_chunk=killed_in_the_third_chunk)
    with pytest.raises(KilledError):
        run_job(job.pk)
    before = len(stock(program))
    Job.objects.filter(pk=job.pk).update(lease_until=NOON)
    offer(monkeypatch)
    run(job)

    assert before == 12  # two chunks of seven row numbers, of which 0 is no row and 1 is the header
    assert (job.status, job.rows_done, job.rows_refused) == ("done", 40, 0)
    prove_upload(job)
    assert stock(program) == sorted(f"C{n}" for n in range(40))


def test_a_worker_that_has_lost_its_upload_adds_nothing_more(monkeypatch):
    program = make_program()
    job = ready(program, [f"C{n}" for n in range(20)])

    def robbed(job, low, high, at):
        applied = UPLOAD_CODES.apply_chunk(job, low, high, at)
        if low >= 7:
            Job.objects.filter(pk=job.pk).update(lease_token="somebody-else")
        return applied

    offer(monkeypatch, apply_chunk=robbed)
    run_job(job.pk)

    assert len(stock(program)) == 5
    assert CodeBatch.objects.get(job=job).code_count == 5


def test_a_withdrawal_and_assignments_at_once_leave_each_code_in_one_hand(monkeypatch):
    kind = replace(WITHDRAW_BATCH, chunk_rows=5, sqlite_chunk_rows=5)
    monkeypatch.setitem(types._imports, kind.slug, kind)
    monkeypatch.setattr("promocodes.wake.current_app.send_task", lambda *_args, **_options: None)
    pool = make_pool(codes_each=2)
    batch = stock_pool(pool, *[f"C{n}" for n in range(60)])
    params = {"program": pool.program.key, "batch": batch.pk, "reason": "Wrong print"}
    job = run(create_run(import_type=WITHDRAW_BATCH, name="Withdrawal", params=params, by=ANN, at=NOON))
    confirm_import(job=job, by=ANN, at=clock.now())
    people = [make_participant() for _ in range(15)]
    fills = [partial(fill_set, pool=pool, participant=person, at=clock.now()) for person in people]

    outcomes = race([partial(until_over, job), *fills], threads=4)

    job.refresh_from_db()
    states = Counter(PromoCode.objects.values_list("state", flat=True))
    assert [one for one in outcomes if isinstance(one, Exception)] == []
    assert job.status == "done"
    assert states[PromoCode.State.WITHDRAWN] == job.rows_done
    assert states[PromoCode.State.ASSIGNED] == job.rows_refused == 60 - job.rows_done
