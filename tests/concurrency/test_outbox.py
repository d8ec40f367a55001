from __future__ import annotations

from collections import Counter
from functools import partial
from random import Random

import pytest

from outbox.delivery import deliver_due_emails
from outbox.emails import Message
from outbox.mailer import Mailer
from outbox.models import Email
from outbox.operations import claim_email, owe_email, retry_email
from team.audit import Actor
from team.models import AuditEntry
from tests.concurrency.racing import race
from tests.conftest import NOON
from tests.outbox.mail_servers import mail_server, use_server

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
MESSAGE = Message(to="ada@example.com", subject="Hi", text="Hi", html="<p>Hi</p>", language="en", name="hello")
THREADS = 8


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch):
    monkeypatch.setattr("outbox.operations.wake_delivery", lambda: None)


def owe(number: int) -> bool:
    return owe_email(key=f"mail-{number}", message=MESSAGE, at=NOON)


def deliver() -> int:
    with Mailer() as mailer:
        return deliver_due_emails(mailer=mailer, clock=lambda: NOON, rng=Random(1), limit=100).sent


def test_one_event_told_by_many_at_once_owes_one_mail():
    told = race([partial(owe, 1)] * THREADS)

    assert Counter(told) == {True: 1, False: THREADS - 1}
    assert Email.objects.count() == 1


def test_workers_side_by_side_send_each_mail_once(settings):
    with mail_server(settings) as inbox:
        for number in range(40):
            owe(number)
        sent = race([deliver] * 4)

    assert sum(sent) == 40
    assert len({message["Message-ID"] for message in inbox.messages}) == len(inbox.messages) == 40
    assert set(Email.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_one_mail_has_one_claim(settings):
    use_server(settings, 1)
    owe(1)

    claims = race([partial(claim_email, at=NOON)] * THREADS)

    assert len([claim for claim in claims if claim]) == 1
    assert Email.objects.get().attempts == 1


def test_retrying_twice_at_once_is_one_retry(settings):
    use_server(settings, 1)
    owe(1)
    email_id = Email.objects.get().pk
    Email.objects.update(status="failed")

    outcomes = race([partial(retry_email, email_id=email_id, by=Actor(label="ana@example.com"), at=NOON)] * THREADS)

    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"Email": 1, "NotWaitingForRetry": THREADS - 1}
    assert AuditEntry.objects.filter(action="email.retried").count() == 1
