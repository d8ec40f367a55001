from __future__ import annotations

from contextlib import nullcontext

import pytest

from advocate.lib import db
from jobs import hold


@pytest.fixture(autouse=True)
def _working_worker(settings, tmp_path, monkeypatch):
    """Let jobs run here and now, without a broker."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(db, "SQLITE_GAP_SECONDS", 0)
    monkeypatch.setattr("jobs.exporting.db.snapshot", nullcontext)
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)
    hold.go_on()
    yield
    hold.go_on()
