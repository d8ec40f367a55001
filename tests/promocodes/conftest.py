from __future__ import annotations

import pytest

from programs.operations import index_participants
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
def _working_worker(working_worker, woken):
    """Let jobs run here and now."""


@pytest.fixture
def ana(db):
    """Return a participant whom a search finds."""
    one = make_participant(first_name="Ana", last_name="García", email="ana@example.com")
    index_participants(participants=[one])
    return one
