from __future__ import annotations

import pytest

from advocate.lib import db
from jobs import hold


@pytest.fixture(autouse=True)
def _working_worker(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(db, "SQLITE_GAP_SECONDS", 0)
    monkeypatch.setattr("jobs.wake.current_app.send_task", lambda *_args, **_options: None)
    hold.go_on()
    yield
    hold.go_on()
