from __future__ import annotations

from contextlib import nullcontext

import pytest


@pytest.fixture(autouse=True)
def _working_worker(working_worker, no_broker, monkeypatch):
    """Let jobs run here and now, without a broker and in the test's own transaction."""
    monkeypatch.setattr("jobs.exporting.db.snapshot", nullcontext)
