from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from programs.models import Participant
from promocodes.models import PromoCode
from promocodes.operations import CodeOrigin, give_code
from team.audit import SYSTEM
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.factories import make_participant, make_pool

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PATIENCE = 10  # seconds until a wait that does not end fails the test


def test_a_participant_is_not_deleted_while_somebody_gives_them_a_code():
    pool, ada = make_pool(), make_participant()
    given = threading.Event()

    results = race([partial(give_and_wait, pool, ada, given), partial(delete_once, given, ada)])

    assert isinstance(results[1], IntegrityError)
    code = PromoCode.objects.get(code="BY-HAND")
    assert list(Participant.objects.filter(pk=code.participant_id)) == [ada]


def give_and_wait(pool, participant, given):
    """Give a code, and commit when the other one waits for the participant's row."""
    with transaction.atomic():
        give_code(pool=pool, participant=participant, origin=CodeOrigin.TYPED, text="BY-HAND", by=SYSTEM, at=NOON)
        given.set()
        deadline = time.monotonic() + PATIENCE
        while not somebody_waits() and time.monotonic() < deadline:
            time.sleep(0.01)


def delete_once(given, participant):
    given.wait(PATIENCE)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM programs_participant WHERE id = %s", [participant.pk])


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid)))")
        return cursor.fetchone()[0]
