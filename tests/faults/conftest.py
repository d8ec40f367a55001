from __future__ import annotations

import pytest
from django.db import connection

from tests.faults.machine import RedisServer, machine, redis_server


@pytest.fixture
def ann(transactional_db, django_user_model, monkeypatch):
    """Return who asks for the imports; her own process wakes nobody, so that every start is the sweep's."""
    monkeypatch.setattr("jobs.wake.current_app.send_task", lambda *_args, **_options: None)
    return django_user_model.objects.create_user("ann@example.com", role="full_access")


@pytest.fixture
def broker():
    """Give a Redis of our own with PostgreSQL; on SQLite the broker is a folder, as ``manage.py up`` has it."""
    if connection.vendor == "sqlite":
        yield None
        return
    if not RedisServer.is_installed():
        pytest.skip("redis-server is not installed")
    with redis_server() as server:
        yield server


@pytest.fixture
def here(ann, broker, tmp_path):
    """Give a machine without any process yet."""
    with machine(tmp_path, broker=broker.url if broker else "", settings={"DATABASE_IDLE_TIMEOUT": "10"}) as made:
        yield made
