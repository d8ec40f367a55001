"""Imports of users by a real worker that is killed in the middle: everybody comes once, with one of everything."""

from __future__ import annotations

import io
import sys
import time

import pytest
from django.core.files.base import File

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import ImportChoices, create_import
from programs.models import Participant, Referral, ReferralCode, SearchTerm, ShareLink, Touch
from rewards.imports import IMPORT_USERS
from team.audit import Actor
from team.models import AuditEntry, User
from tests.factories import make_participant, make_program, make_referral_code
from tests.faults.machine import kill
from tests.processes.running import wait_until

pytestmark = [
    pytest.mark.processes,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
PEOPLE = 5_000


def start_import(user: User) -> Job:
    lines = (f"u{number},u{number},Name,{number},{'ANA' if number % 2 else ''}" for number in range(PEOPLE))
    content = "\n".join(("accountId,id,firstName,lastName,referredBy.code", *lines)).encode()
    return create_import(
        import_type=IMPORT_USERS,
        upload=File(io.BytesIO(content), name="users.csv"),
        name="users.csv",
        params={},
        by=Actor.of(user),
        at=clock.now(),
        choices=ImportChoices(without_preview=True),
    )


def test_a_worker_killed_while_it_applies_registers_everybody_once(here, ann):
    make_referral_code(code="ANA", participant=make_participant(user_id="ana"), program=make_program())
    here.start("scheduler")
    worker = here.worker()
    job = start_import(ann)

    def is_under_way() -> bool:
        job.refresh_from_db()
        return job.next_row > 0 or job.status == "done"

    wait_until(is_under_way, "no chunk was applied", 120)
    time.sleep(0.05)
    kill(worker)
    worker.wait()
    here.worker()
    wait_until(lambda: Job.objects.get(pk=job.pk).status == "done", "the import did not end", 180)

    job.refresh_from_db()
    people = Participant.objects.exclude(user_id="ana")
    assert (job.rows_total, job.rows_done, job.rows_refused) == (PEOPLE, PEOPLE, 0)
    assert job.totals == {"new": PEOPLE, "referred": PEOPLE // 2}
    assert people.count() == ReferralCode.objects.exclude(code="ANA").count() == ShareLink.objects.count() == PEOPLE
    assert SearchTerm.objects.filter(participant__in=people, term="name").count() == PEOPLE
    assert Referral.objects.count() == Touch.objects.count() == PEOPLE // 2
    for action in ("participant.added", "participant.joined"):
        assert AuditEntry.objects.filter(action=action).count() == PEOPLE
