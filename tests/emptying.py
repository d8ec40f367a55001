"""What empties the tables after a test that commits: Django's flush, quicker and through our triggers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

# Migrations make their rows, and no test changes them.
KEPT = {"django_content_type", "auth_permission"}
# Below this, deleting rows is quicker than truncating all tables.
SMALL_BYTES = 1_000_000


@contextmanager
def emptying() -> Iterator[None]:
    """Empty tables in our way within the block."""
    operations = type(connection.ops)
    plain_flush = operations.sql_flush
    flush = _flush_of_postgresql if connection.vendor == "postgresql" else _flush_of_sqlite

    def sql_flush(self: BaseDatabaseOperations, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
        return flush(self, tables, plain_flush(self, style, tables, **options))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(operations, "sql_flush", sql_flush)
        yield


def _flush_of_sqlite(operations: BaseDatabaseOperations, tables: Sequence[str], plain: list[str]) -> list[str]:
    """Return the flush with triggers out of its way, which refuse to delete from append-only tables."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = [(name, sql) for name, table, sql in cursor.fetchall() if table in tables]
    drops = [f"DROP TRIGGER {operations.quote_name(name)}" for name, _sql in triggers]
    return [*drops, *plain, *(sql for _name, sql in triggers)]


def _flush_of_postgresql(operations: BaseDatabaseOperations, tables: Sequence[str], plain: list[str]) -> list[str]:
    """Return statements that delete from the tables that ever had rows; the flush where these are many."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        is_superuser = cursor.fetchone()[0] == "on"
        cursor.execute(
            "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE oid = ANY(%s::regclass[])",
            [[operations.quote_name(table) for table in tables]],
        )
        sizes = {table: size for table, size in cursor.fetchall() if size and table not in KEPT}
    if not is_superuser or max(sizes.values(), default=0) > SMALL_BYTES:
        return plain
    # Neither triggers nor foreign keys are looked at until the transaction ends.
    without_triggers = "SET LOCAL session_replication_role = replica"
    return [without_triggers, *(f"DELETE FROM {operations.quote_name(table)}" for table in sorted(sizes))]
