"""A mail about a preview, for those who have left its page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import ImportChoices, confirm_import
from jobs.runner import run_job
from outbox.models import Email
from team.audit import Actor
from team.models import User
from tests.conftest import NOON
from tests.jobs.conftest import ANN, run, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def actor() -> Actor:
    return Actor.of(User.objects.create_user("mia@example.com", role="full_access"))


@pytest.fixture(autouse=True)
def minute_passes(monkeypatch):
    """Have checking end a minute after the upload."""
    monkeypatch.setattr("jobs.importing.clock.now", lambda: NOON + timedelta(seconds=60))


def names() -> list[str]:
    return list(Email.objects.order_by("id").values_list("name", flat=True))


def test_who_waited_long_for_a_preview_is_told_what_it_says(actor):
    job = run(upload("u1,1", "u2,2", "u3,x", by=actor, form_token="t"))

    mail = Email.objects.get()
    assert (mail.name, mail.to) == ("import-waiting", "mia@example.com")
    assert mail.subject == "“scores.csv” is checked and waits for you, 1 row refused"
    assert "To do: 2\nUnchanged: 0\nRefused: 1" in mail.text
    assert job.public_id in mail.text
    assert job.public_id in mail.html


def test_a_chinese_mail_has_the_colons_of_its_language(actor):
    User.objects.update(language="zh-hans")

    run(upload("u1,1", by=actor, form_token="t"))

    assert "待处理：1\n未变更：0\n被拒绝：0\n" in Email.objects.get().text


def test_who_waited_long_for_nothing_is_told_what_to_do(actor):
    run(upload("x1,1", "u3,x", by=actor, form_token="t"))

    mail = Email.objects.get()
    for text in (mail.text, mail.html):
        assert "Nothing can be applied: not one row is good. Discard this, correct the file" in text
        assert "confirm" not in text


def test_who_waited_a_moment_has_seen_it(actor, monkeypatch):
    monkeypatch.setattr("jobs.importing.clock.now", lambda: NOON + timedelta(seconds=59))

    run(upload("u1,1", by=actor, form_token="t"))

    assert names() == []


def test_who_started_it_elsewhere_is_not_told(actor):
    run(upload("u1,1", by=actor))
    run(upload("u1,2", by=ANN, form_token="t"))

    assert names() == []


def test_checking_that_is_done_again_tells_once(actor, monkeypatch):
    job = upload("u1,1", by=actor, form_token="t")
    with monkeypatch.context() as patch:
        patch.setattr("jobs.operations.finish.note", lambda **_values: 1 / 0)
        run_job(job.pk)
    assert names() == []

    run(job)
    run(job)

    assert names() == ["import-waiting"]


def test_an_import_without_preview_tells_its_end_only(actor, monkeypatch):
    run(upload("u1,1", by=actor, form_token="t", choices=ImportChoices(without_preview=True)))

    assert names() == ["import-finished"]


def test_who_chose_no_preview_is_told_that_the_import_waits_all_the_same(actor, monkeypatch):
    first = run(upload("u1,1"))
    confirm_import(job=first, by=ANN, at=clock.now())
    run(first)
    monkeypatch.setattr("jobs.importing.clock.now", lambda: NOON)

    run(upload("u1,1", by=actor, form_token="t", choices=ImportChoices(without_preview=True)))

    assert names() == ["import-waiting"]
    assert "scores.csv" in Email.objects.get().text


def test_an_import_that_is_cancelled_at_the_last_moment_tells_nothing(actor):
    job = upload("u1,1", by=actor, form_token="t")
    Job.objects.filter(pk=job.pk).update(cancel_requested_at=NOON)

    run(job)

    assert (job.status, names()) == ("cancelled", [])
