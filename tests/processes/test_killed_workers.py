"""Real workers, killed without warning in the middle of a job: nothing is lost and nothing happens twice."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings as project

pytestmark = pytest.mark.processes

ROOT = Path(project.BASE_DIR)
PEOPLE = 80_000  # some seconds of work, so that its middle is not missed
RECOVERY_SECONDS = 60

SEED = f"""
from datetime import UTC, datetime
from advocate.lib.db import load_rows
from jobs.operations import create_export
from programs.exports import PARTICIPANTS
from programs.models import Participant
from team.audit import Actor
from team.models import User
now = datetime.now(UTC)
fields = [f.attname for f in Participant._meta.concrete_fields if not f.primary_key]
blank = Participant(created_at=now, updated_at=now)
def rows():
    for number in range({PEOPLE}):
        blank.account_id = blank.user_id = f"user-{{number}}"
        yield [getattr(blank, name) for name in fields]
load_rows(Participant, fields, rows())
user = User.objects.create_user("ann@example.com", role="full_access")
print("JOB", create_export(
    export_type=PARTICIPANTS, name="Everyone", file_format="xlsx", params={{}}, by=Actor.of(user), at=now
).pk)
"""


class Deployment:
    """A database, a folder and as many workers as a test starts."""

    def __init__(self, folder: Path) -> None:
        self.name = f"killed_{secrets.token_hex(4)}"
        given = os.environ.get("DATABASE_URL", "")
        self.base = given if given.startswith("postgres") else ""
        self.path = folder / "db.sqlite3"
        url = f"{self.base.rsplit('/', 1)[0]}/{self.name}" if self.base else f"sqlite:///{self.path}"
        self.url = url
        self.environment = {
            **os.environ,
            "VAR_DIR": str(folder),
            "DATABASE_URL": url,
            "JOB_LEASE_SECONDS": "5",
            "JOB_SWEEP_SECONDS": "1",
            "WORKER_CONCURRENCY": "2",
            "CELERY_SKIP_CHECKS": "1",
            "PYTHONUNBUFFERED": "1",
        }
        self.log = (folder / "log").open("wb")
        self.running: list[subprocess.Popen[bytes]] = []

    def make_database(self, like: Deployment | None = None) -> None:
        """Make the database, empty or as another deployment's, to which nobody may be connected."""
        if self.base:
            template = f' TEMPLATE "{like.name}"' if like else ""
            with psycopg.connect(self.base, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{self.name}"{template}')
        elif like:
            shutil.copyfile(like.path, self.path)

    def remove(self) -> None:
        """Kill what runs and drop the database."""
        for process in self.running:
            self.end(process, signal.SIGKILL)
        self.log.close()
        if self.base and urlsplit(self.base).hostname:
            with psycopg.connect(self.base, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def start(self, name: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", name]
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, start_new_session=True, stdout=self.log, stderr=self.log
        )
        self.running.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], with_signal: signal.Signals) -> None:
        """End a process with all that it started, if it lives."""
        if process.poll() is None:
            os.killpg(process.pid, with_signal)
            process.wait(timeout=30)

    def rows(self, sql: str) -> list[Any]:
        if self.base:
            with psycopg.connect(self.url) as connection:
                return connection.execute(sql).fetchall()
        connection_ = sqlite3.connect(self.path, timeout=20)
        try:
            return connection_.execute(sql).fetchall()
        finally:
            connection_.close()

    def wait(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"{what} took longer than {seconds} s"
            time.sleep(0.1)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Iterator[Deployment]:
    """Return a deployment on which nothing runs and a report waits; the tests work on copies of its database."""
    made = Deployment(tmp_path_factory.mktemp("prepared"))
    made.make_database()
    made.manage("migrate", "--verbosity", "0")
    made.manage("shell", "--verbosity", "0", "-c", SEED)
    if not made.base:
        with closing(sqlite3.connect(made.path)) as connection:  # so that the file alone is the database
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    yield made
    made.remove()


@pytest.fixture
def deployment(prepared, tmp_path) -> Iterator[Deployment]:
    made = Deployment(tmp_path)
    made.make_database(like=prepared)
    yield made
    made.remove()


def _status(deployment: Deployment) -> tuple[str, int]:
    found: tuple[str, int] = deployment.rows("SELECT status, progress_done FROM jobs_job")[0]
    return found


def _is_in_the_middle(deployment: Deployment) -> bool:
    status, done = _status(deployment)
    assert status != "done", "the report was over before it could be interrupted"
    return status == "running" and 0 < done < PEOPLE


def test_a_report_whose_worker_is_killed_is_made_by_the_next_one_and_mailed_once(deployment):
    deployment.start("scheduler")
    first = deployment.start("worker")
    deployment.wait(lambda: _is_in_the_middle(deployment), 90, "beginning the report")
    deployment.end(first, signal.SIGKILL)
    assert _status(deployment)[0] == "running"

    deployment.start("worker")
    deployment.wait(lambda: _status(deployment)[0] == "done", RECOVERY_SECONDS, "finishing the report")

    assert deployment.rows("SELECT rows_done, attempts FROM jobs_job") == [(PEOPLE, 2)]
    codes = [code for (code,) in deployment.rows("SELECT code FROM jobs_jobevent ORDER BY id")]
    assert codes == ["created", "started", "resumed", "done"]
    assert deployment.rows("SELECT count(*) FROM outbox_email") == [(1,)]


def test_a_worker_that_is_asked_to_stop_hands_its_report_over_at_once(deployment):
    deployment.start("scheduler")
    first = deployment.start("worker")
    deployment.wait(lambda: _is_in_the_middle(deployment), 90, "beginning the report")

    os.kill(first.pid, signal.SIGTERM)
    first.wait(timeout=30)
    assert _status(deployment)[0] == "queued"

    deployment.start("worker")
    deployment.wait(lambda: _status(deployment)[0] == "done", RECOVERY_SECONDS, "finishing the report")
    codes = [code for (code,) in deployment.rows("SELECT code FROM jobs_jobevent ORDER BY id")]
    assert codes == ["created", "started", "released", "started", "done"]
