from __future__ import annotations

import pytest
from celery import current_app
from django.db import transaction

from outbox.emails import Message
from outbox.models import Email
from outbox.operations import owe_email

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
