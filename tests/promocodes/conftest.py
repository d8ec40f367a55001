from __future__ import annotations

import pytest

from advocate.lib import db
from jobs import hold
from programs.operations import index_participants
from team.models import User
from tests.factories import make_participant


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Collect the tasks of pools that workers are told of, which no worker runs here."""
    tasks = []

    def send_task(name, args=(), **_options):
        if name.startswith("promocodes."):
            tasks.append((name, *args))

    monkeypatch.setattr("celery.current_app.send_task", send_task)
    return tasks


@pytest.fixture(autouse=True)
def _working_worker(settings, tmp_path, monkeypatch, woken):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(db, "SQLITE_GAP_SECONDS", 0)
    hold.go_on()
    yield
    hold.go_on()


@pytest.fixture
def log_in(client):
    """Return a function that logs a colleague of a role in."""

    def log_in_as(role):
        client.force_login(User.objects.create_user(f"{role}@example.com", "secret-password-1", role=role))
        return client

    return log_in_as


@pytest.fixture
def ana(db):
    """Return a participant whom a search finds."""
    one = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    index_participants(participants=[one])
    return one
