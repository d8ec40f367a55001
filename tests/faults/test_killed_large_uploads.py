"""Uploads of codes in several transactions, by real workers that are killed again and again."""

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
from outbox.models import Email
from promocodes.imports import UPLOAD_CODES
from promocodes.models import CodeBatch, CodePool, PromoCode
from team.audit import Actor
from tests.factories import make_program
from tests.faults.machine import kill
from tests.processes.running import wait_until

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
KNOWN = 300
REPEATED = 500
RECOVERY_SECONDS = 90
MORE_KILLS = 2  # beyond one in each phase


@pytest.fixture
def codes():
    """Return as many codes as are put in by several transactions."""
    return [f"CODE-{number}" for number in range(250_000)]


@pytest.fixture
def earlier():
    """Return a batch that has some of the codes already."""
    pool = CodePool.objects.create(program=make_program())
    batch = CodeBatch.objects.create(pool=pool, name="Earlier", code_count=KNOWN)
    PromoCode.objects.bulk_create([PromoCode(pool=pool, batch=batch, code=f"code-{n}") for n in range(KNOWN)])
    return batch


def start_upload(pool, codes, user):
    lines = ["code", *codes, *(code.lower() for code in codes[:REPEATED])]
    return create_import(
        import_type=UPLOAD_CODES,
        upload=File(io.BytesIO("\n".join(lines).encode()), name="codes.csv"),
        name="codes.csv",
        params={"program": pool.program.key},
        by=Actor.of(user),
        at=clock.now(),
        choices=ImportChoices(without_preview=True),
    )


def wait_for_phase(job, phases):
    wait_until(
        lambda: Job.objects.filter(pk=job.pk, phase__in=[*phases, "writing"]).exclude(status="queued").exists(),
        f"the upload did not come to {phases}",
    )


def wait_for_start(job):
    """Wait until a worker has taken the upload up again, or it is over."""
    wait_until(
        lambda: Job.objects.exclude(lease_token="").filter(pk=job.pk).exists() or Job.objects.get(pk=job.pk).is_over,
        "nobody took the upload up",
    )


def kill_again_and_again(here, job, worker, rng):
    """Kill the worker in each phase and then at any moment, and start another one each time."""
    moments = [("reading",), ("checking", "applying"), ("applying",), *[None] * MORE_KILLS]
    for phases in moments:
        wait_for_phase(job, phases) if phases else wait_for_start(job)
        time.sleep(rng.random() * 0.3)
        kill(worker)
        worker.wait()
        worker = here.worker()


def test_a_worker_killed_again_and_again_adds_every_code_once(here, ann, codes, earlier):
    here.start("scheduler")
    worker = here.worker()
    job = start_upload(earlier.pool, codes, ann)

    kill_again_and_again(here, job, worker, random.Random(11))
    wait_until(lambda: Job.objects.get(pk=job.pk).is_over, "the upload did not end", RECOVERY_SECONDS)

    assert differences(Job.objects.get(pk=job.pk), earlier, codes) == []


def differences(job, earlier, codes):
    """Return in which ways the upload has not put each code in exactly once; none if all is well."""
    batch = CodeBatch.objects.get(job=job)
    found = PromoCode.objects.filter(batch=batch)
    new = set(codes[KNOWN:])
    expected = {
        "status": (job.status, "done"),
        "rows": ((job.rows_done, job.rows_refused), (len(new), REPEATED + KNOWN)),
        "totals": (job.totals, {"repeated": REPEATED, "known": KNOWN}),
        "batches": (CodeBatch.objects.filter(pool=earlier.pool).count(), 2),
        "codes": (found.count(), len(new)),
        "other codes": (new ^ set(found.values_list("code", flat=True)), set()),
        "the batch's number": (batch.code_count, len(new)),
        "the batch's extent": (found.filter(pk__range=(batch.first_id, batch.last_id)).count(), len(new)),
        "known codes": (PromoCode.objects.filter(batch=earlier).count(), KNOWN),
        "outcomes": (outcomes(job), {"done": len(new), "refused": REPEATED + KNOWN}),
        "ends": (job.events.filter(code="done").count(), 1),
        "mails": (Email.objects.filter(key__startswith=f"job:{job.pk}:").count(), 1),
        "killed while it worked": (job.events.filter(code="resumed").exists(), True),
    }
    return [f"{what}: {one!r} instead of {wanted!r}" for what, (one, wanted) in expected.items() if one != wanted]


def outcomes(job):
    with default_storage.open(job.result_file) as file:
        rows = csv.DictReader(io.StringIO(file.read().decode("utf-8-sig")))
        return Counter(row["outcome"] for row in rows)
