from __future__ import annotations

import pytest

from jobs import wake


@pytest.fixture(autouse=True)
def woken(monkeypatch) -> list[int]:
    """Keep messages off the broker and return the ids of the jobs that workers were woken for."""
    ids: list[int] = []

    def send(_name, args, **_options):
        ids.append(args[0])

    monkeypatch.setattr(wake.current_app, "send_task", send)
    return ids
