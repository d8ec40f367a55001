from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, contextmanager
from types import SimpleNamespace

import pytest
from django.db.migrations.executor import MigrationExecutor

from advocate import health


@contextmanager
def silent_server():
    """Listen and never answer, as a broken network does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def broken(*_args, **_kwargs):
    raise ConnectionError("postgres://ann:hunter2@db")


def test_a_living_process_says_so_without_asking_the_database(client):
    answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db(transaction=True)
def test_a_balancer_may_ask_by_address_and_without_tls(client, settings, path):
    settings.SECURE_SSL_REDIRECT = True

    answer = client.get(path, headers={"host": "10.1.2.3:8000"})

    assert answer.status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_process_with_all_it_needs_is_ready(client):
    answer = client.get("/readyz")

    assert answer.json() == {
        "ready": True,
        "checks": {"database": "ok", "migrations": "ok", "broker": "ok", "files": "ok"},
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["database", "migrations", "broker", "files"])
def test_what_cannot_be_reached_is_named_without_its_secrets(client, monkeypatch, caplog, name):
    monkeypatch.setattr(health, "CHECKS", {**health.CHECKS, name: broken})

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["checks"][name] == "cannot be reached (ConnectionError)"
    assert b"hunter2" not in answer.content
    assert [record.levelname for record in caplog.records if record.name == "advocate.health"] == ["WARNING"]


@pytest.mark.django_db(transaction=True)
def test_waiting_migrations_are_counted(client, monkeypatch):
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_targets: [1, 2])

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "2 migrations are waiting: run manage.py migrate"


def test_a_broker_that_refuses_is_not_ready(settings):
    settings.REDIS_URL = "redis://:hunter2@127.0.0.1:1/0"

    assert health._finding("broker", health._check_broker) == "cannot be reached (ConnectionError)"


def test_a_broker_that_says_nothing_is_given_up_in_time(settings, monkeypatch):
    assert health.REDIS_SECONDS < health.READY_WITHIN_SECONDS
    monkeypatch.setattr(health, "REDIS_SECONDS", 0.2)
    started = time.monotonic()

    with silent_server() as port:
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        finding = health._finding("broker", health._check_broker)

    assert finding == "cannot be reached (TimeoutError)"
    assert time.monotonic() - started < 20


def test_a_check_that_hangs_does_not_hold_the_answer(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(health, "READY_WITHIN_SECONDS", 0.2)
    monkeypatch.setattr(health, "CHECKS", {"database": released.wait, "files": lambda: None})

    started = time.monotonic()
    found = health.findings()
    released.set()

    assert found == {"database": "no answer within 0 s", "files": "ok"}
    assert time.monotonic() - started < 20


def test_a_folder_that_cannot_be_written_is_not_ready(settings, tmp_path):
    (tmp_path / "taken").write_text("a file where the folder should be", encoding="utf-8")
    settings.FILES_DIR = str(tmp_path / "taken")

    assert health._finding("files", health._check_files) == "the folder cannot be written (File exists)"


def test_a_bucket_is_asked_for_when_files_are_in_one(settings, monkeypatch):
    asked: list[str] = []
    settings.FILES_DIR = ""
    monkeypatch.setattr(health, "default_storage", SimpleNamespace(exists=asked.append))

    assert health._finding("files", health._check_files) == "ok"
    assert asked == ["readyz"]
