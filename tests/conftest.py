from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseWrapper

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quick_and_private(settings, tmp_path):
    """Keep files of tests apart, static files plain and passwords quick to hash."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def at() -> datetime:
    """Return the instant at which the tests' operations happen."""
    return NOON


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory):
    """Keep SQLite's test database in a file as in production: in memory, threads meet locks that no wait resolves."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(scope="session", autouse=True)
def _flush_empties_append_only_tables():
    """Let the flush after a transactional test delete from append-only tables on SQLite, whose triggers refuse it."""
    operations = DatabaseWrapper.ops_class
    plain_flush = operations.sql_flush

    def flush(self, style, tables, **options):
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
        drops = [f"DROP TRIGGER {self.quote_name(name)}" for name, _sql in triggers]
        return [*drops, *plain_flush(self, style, tables, **options), *(sql for _name, sql in triggers)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", flush)
        yield


def pytest_collection_modifyitems(items):
    """Skip, and say so, what SQLite cannot show."""
    if DatabaseWrapper.vendor == connection.vendor:
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: set DATABASE_URL"))
