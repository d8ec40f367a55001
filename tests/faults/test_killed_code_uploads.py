"""Uploads of codes by real workers that are killed in the middle."""

from __future__ import annotations

import csv
import io
import random
import sys
import time
from collections import Counter

import pytest
from django.core.files.base import File
from django.core.files.storage import default_storage

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import ImportChoices, create_import
from promocodes.imports import UPLOAD_CODES
from promocodes.models import CodeBatch, PromoCode
from team.audit import Actor
from tests.factories import make_program
from tests.faults.machine import kill
from tests.processes.running import wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
CODES = 60_000
REPEATED = 500
RECOVERY_SECONDS = 90


def start_upload(program, user):
    codes = [f"CODE-{number}" for number in range(CODES)]
    lines = ["code", *codes, *(code.lower() for code in codes[:REPEATED])]
    return create_import(
        import_type=UPLOAD_CODES,
        upload=File(io.BytesIO("\n".join(lines).encode()), name="codes.csv"),
        name="codes.csv",
        params={"program": program.key},
        by=Actor.of(user),
        at=clock.now(),
        choices=ImportChoices(without_preview=True),
    )


def wait_for_phase(job, phases):
    wait_until(
        lambda: Job.objects.filter(pk=job.pk, phase__in=[*phases, "writing"]).exclude(status="queued").exists(),
        f"the upload did not come to {phases}",
    )


def test_a_worker_killed_again_and_again_adds_every_code_once(here, ann):
    program = make_program()
    here.start("scheduler")
    worker = here.worker()
    job = start_upload(program, ann)
    rng = random.Random(11)

    for phases in (("reading",), ("checking", "applying"), ("applying",)):
        wait_for_phase(job, phases)
        time.sleep(rng.random() * 0.2)
        kill(worker)
        worker.wait()
        worker = here.worker()
    wait_until(
        lambda: not Job.objects.filter(pk=job.pk, status__in=["queued", "running"]).exists(),
        "the upload did not end",
        RECOVERY_SECONDS,
    )

    job.refresh_from_db()
    batch = CodeBatch.objects.get(job=job)
    assert (job.status, job.rows_done, job.rows_refused) == ("done", CODES, REPEATED)
    assert (batch.code_count, PromoCode.objects.filter(batch=batch).count()) == (CODES, CODES)
    assert job.totals == {"repeated": REPEATED}
    assert job.events.filter(code="resumed").exists()
    with default_storage.open(job.result_file) as file:
        rows = csv.DictReader(io.StringIO(file.read().decode("utf-8-sig")))
        assert Counter(row["outcome"] for row in rows) == {"done": CODES, "refused": REPEATED}
