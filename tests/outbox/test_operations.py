from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from celery import current_app
from django.db import connection, transaction

from outbox import queries
from outbox.emails import Message
from outbox.models import Email
from outbox.operations import (
    NoMailServer,
    NotWaitingForRetry,
    owe_email,
    owe_test_email,
    pause_after,
    retry_email,
)
from outbox.tasks import remove_old_emails as remove_old_emails_task
from team.audit import Actor
from team.models import AuditEntry
from tests.conftest import NOON

BY = Actor(label="ana@example.com")
MESSAGE = Message(to="ada@example.com", subject="Hi", text="Hi", html="<p>Hi</p>", language="en", name="hello")


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    tasks: list[str] = []

    def send_task(name: str, **_options: object) -> None:
        tasks.append(name)

    monkeypatch.setattr(current_app, "send_task", send_task)
    return tasks


@pytest.mark.django_db
def test_a_mail_is_owed_once_for_its_key(at, settings):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    first = owe_email(key="job-7-done", message=MESSAGE, at=at)
    second = owe_email(key="job-7-done", message=MESSAGE, at=at)

    assert (first, second) == (True, False)
    email = Email.objects.get()
    assert (email.key, email.name, email.to, email.status) == ("job-7-done", "hello", "ada@example.com", "pending")
    assert (email.created_at, email.next_attempt_at, email.attempts) == (at, at, 0)


@pytest.mark.django_db
def test_the_message_id_depends_on_the_key_alone(at, settings):
    settings.BASE_URL = "https://refer.example.com"

    owe_email(key="a", message=MESSAGE, at=at)
    owe_email(key="b", message=MESSAGE, at=at)

    first, second = Email.objects.order_by("id").values_list("message_id", flat=True)
    assert first == "<ca978112ca1bbdcafac231b39a23dc4da786eff8@refer.example.com>"
    assert second != first


@pytest.mark.django_db(transaction=True)
def test_workers_wake_after_the_commit_and_only_for_a_new_mail(at, settings, woken):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    with transaction.atomic():
        owe_email(key="k", message=MESSAGE, at=at)
        before_commit = list(woken)
    owe_email(key="k", message=MESSAGE, at=at)

    assert before_commit == []
    assert woken == ["outbox.tasks.deliver_emails"]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_does_not_fail_the_caller(at, settings, monkeypatch):
    def refuse(_name: str, *, retry: bool) -> None:
        raise ConnectionRefusedError

    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    monkeypatch.setattr(current_app, "send_task", refuse)

    assert owe_email(key="k", message=MESSAGE, at=at)
    assert Email.objects.get().status == "pending"


@pytest.mark.django_db(transaction=True)
def test_without_a_mail_server_the_mail_is_kept_and_nobody_woken(at, settings, woken):
    settings.EMAIL_URL = ""

    assert owe_email(key="k", message=MESSAGE, at=at)

    assert Email.objects.get().status == "kept"
    assert woken == []


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_change_owes_nothing(at, settings, woken):
    settings.EMAIL_URL = "smtp://127.0.0.1:1"

    with transaction.atomic():
        owe_email(key="k", message=MESSAGE, at=at)
        transaction.set_rollback(True)

    assert not Email.objects.exists()
    assert woken == []


@pytest.fixture
def failed(at, settings) -> Email:
    settings.EMAIL_URL = "smtp://127.0.0.1:1"
    owe_email(key="k", message=MESSAGE, at=at)
    Email.objects.update(status="failed", attempts=12, last_error="451 Later")
    return Email.objects.get()


@pytest.mark.django_db
def test_a_failed_mail_is_sent_again_and_the_audit_list_says_who_asked(failed, at, woken):
    retry_email(email_id=failed.pk, by=BY, at=at)

    failed.refresh_from_db()
    assert (failed.status, failed.attempts, failed.last_error, failed.next_attempt_at) == ("pending", 0, "", at)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.object_id) == ("email.retried", "ana@example.com", str(failed.pk))
    assert entry.changes == {"status": ["failed", "pending"]}


@pytest.mark.django_db
def test_a_sent_mail_is_not_sent_a_second_time(failed, at):
    Email.objects.update(status="sent", sent_at=at)

    with pytest.raises(NotWaitingForRetry):
        retry_email(email_id=failed.pk, by=BY, at=at)

    assert Email.objects.get().status == "sent"
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_without_a_mail_server_nothing_is_sent_again(failed, at, settings):
    settings.EMAIL_URL = ""

    with pytest.raises(NoMailServer):
        retry_email(email_id=failed.pk, by=BY, at=at)

    assert Email.objects.get().status == "failed"
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (5, 480), (11, 21600), (99, 21600)])
def test_the_pause_doubles_up_to_six_hours(attempts, seconds):
    pauses = [pause_after(attempts=attempts, rng=Random(seed)).total_seconds() for seed in range(50)]

    assert seconds * 0.8 <= min(pauses) < seconds * 0.9
    assert seconds * 1.1 < max(pauses) <= seconds * 1.2


@pytest.mark.django_db
def test_mails_kept_for_their_time_are_removed(settings, monkeypatch):
    settings.EMAILS_KEPT_DAYS = 90
    monkeypatch.setattr("outbox.tasks.REMOVED_AT_ONCE", 2)
    monkeypatch.setattr("outbox.tasks.now", lambda: NOON)
    for age in (100, 95, 91, 89, 0):
        owe_email(key=f"{age} days", message=MESSAGE, at=NOON - timedelta(days=age))

    remove_old_emails_task()

    assert sorted(Email.objects.values_list("key", flat=True)) == ["0 days", "89 days"]


@pytest.mark.django_db
def test_the_test_mail_names_who_asked(at):
    owe_test_email(by=BY, to="ana@example.com", language="en", time_zone="Asia/Shanghai", at=at)
    owe_test_email(by=BY, to="ana@example.com", language="en", time_zone="", at=at)

    first, second = Email.objects.order_by("id")
    assert "ana@example.com asked for" in first.text
    assert first.key != second.key


@pytest.mark.django_db
@pytest.mark.parametrize("find", [queries.waiting_emails, queries.abandoned_emails])
def test_what_is_due_is_found_in_order_through_an_index(find, at):
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL reads a table as small as this one from end to end")
    plan = find(at=at)[:1].explain()

    assert "USING INDEX outbox_email_" in plan
    assert "TEMP B-TREE" not in plan
