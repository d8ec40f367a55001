from __future__ import annotations

import pytest

from advocate.lib import db
from jobs import hold


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
