from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def woken(monkeypatch):
    """Collect the tasks of pools that workers are told of, which no worker runs here."""
    tasks = []

    def send_task(name, args=(), **_options):
        if name.startswith("promocodes."):
            tasks.append((name, *args))

    monkeypatch.setattr("promocodes.wake.current_app.send_task", send_task)
    return tasks
