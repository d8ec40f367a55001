from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import connection

from advocate.lib import db
from jobs import hold
from team.models import User
from tests.emptying import emptying

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
# Not chromium-headless-shell, although it takes half the processor time: on a busy machine one visit in ten to twenty
# stood still for half a minute, or could not be photographed.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NAMED = os.environ.get("CHROMIUM")
CHROMIUM = next(filter(None, map(shutil.which, (NAMED,) if NAMED else BROWSERS)), None)
NO_CHROMIUM = "no Chromium was found; install it or name it in CHROMIUM"
# They read text, or start processes whose settings name a database of their own or none: the engine of the run never
# comes in. What takes a database all the same runs on both engines.
APART_FROM_THE_DATABASE = (
    "advocate/test_docs.py",
    "advocate/test_linters.py",
    "advocate/test_settings.py",
    "lib/tabular/",
    "lib/test_money.py",
    "processes/test_up.py",
)
DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


def _missing() -> dict[str, str]:
    """Return for each marker that cannot run on this machine the reason."""
    found = {
        "browser": (CHROMIUM, NO_CHROMIUM),
        "office": (shutil.which("soffice") or shutil.which("ssconvert"), "neither LibreOffice nor Gnumeric was found"),
        "postgres": (connection.vendor == "postgresql", "DATABASE_URL names no PostgreSQL"),
        "redis": (project.REDIS_URL, "REDIS_URL is not set"),
    }
    return {marker: reason for marker, (there, reason) in found.items() if not there}


def _is_apart(item: pytest.Item) -> bool:
    """Say whether the test is one of those that meet no database, whichever engine the run has."""
    place = item.path.relative_to(Path(__file__).parent).as_posix()
    takes_one = item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ()))
    return place.startswith(APART_FROM_THE_DATABASE) and not takes_one


def pytest_collection_modifyitems(config, items):
    """Skip, with the reason, what this machine cannot run; where browser tests are required, refuse to go on."""
    for item in filter(_is_apart, items):
        item.add_marker(pytest.mark.either_engine)
    missing = _missing()
    if "browser" in missing and os.environ.get("REQUIRE_BROWSER"):
        pytest.exit(f"Browser tests are required, but {NO_CHROMIUM}.", returncode=3)
    for item in items:
        for marker in missing.keys() & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason=f"{marker}: {missing[marker]}"))


def pytest_terminal_summary(terminalreporter):
    """Say what was left out, so that nobody takes a narrow run for a full one."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if report.longrepr]
    for marker, reason in sorted(_missing().items()):
        count = sum(f"{marker}: {reason}" in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_line(f"{count} {marker} tests were SKIPPED: {reason}.", yellow=True)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Drive the Chromium that the machine has."""
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        # Chromium refuses its sandbox to root.
        "args": ["--disable-dev-shm-usage", *([] if os.geteuid() else ["--no-sandbox"])],
    }


@pytest.fixture(autouse=True)
def _quick_and_private(settings, tmp_path):
    """Keep files of tests apart, static files plain and looked for when asked for, and passwords quick to hash."""
    # Else each client's first request lists all static files: 15 milliseconds, more than most pages take.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _no_sign_of_life_from_within_a_transaction(request, monkeypatch):
    """Keep a job's thread from looking for it where the test never commits it: it would take the job for lost."""
    marker = request.node.get_closest_marker("django_db")
    commits = {"transactional_db", "live_server"} & set(request.fixturenames)
    if not commits and not (marker and marker.kwargs.get("transaction")):
        monkeypatch.setattr(hold, "PROGRESS_SECONDS", 3_600)


@pytest.fixture
def working_worker(settings, tmp_path, monkeypatch):
    """Have jobs that the test runs itself work in a folder of its own, without gaps, and not told to stop."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(db, "SQLITE_GAP_SECONDS", 0)
    hold.go_on()
    yield
    hold.go_on()


@pytest.fixture
def no_broker(monkeypatch):
    """Tell no worker of anything."""
    monkeypatch.setattr("celery.current_app.send_task", lambda *_args, **_options: None)


@pytest.fixture
def log_in(client, db):
    """Return a function that logs a colleague of a role in and returns their browser."""

    def log_in_as(role):
        client.force_login(User.objects.create_user(f"{role}@example.com", "a long password", role=role))
        return client

    return log_in_as


@pytest.fixture
def at() -> datetime:
    """Return the instant at which the tests' operations happen."""
    return NOON


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory, django_db_modify_db_settings_parallel_suffix):
    """Keep SQLite's test database in a file as in production: in memory, threads meet locks that no wait resolves."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _quick_flush():
    """Empty tables after a transactional test in less time, append-only ones too."""
    with emptying():
        yield
