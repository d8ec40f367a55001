"""Fill tables of PostgreSQL several times as fast: their indexes and foreign keys are made when the rows are there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

CONSTRAINTS = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint AS own
    WHERE conrelid = %s::regclass AND (contype = 'f' OR contype IN ('p', 'u') AND NOT EXISTS (
        SELECT 1 FROM pg_constraint AS other WHERE other.confrelid = own.conrelid AND other.conindid = own.conindid
    ))
    ORDER BY contype DESC
"""
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
    WHERE indrelid = %s::regclass AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""


@contextmanager
def unindexed(*tables: type[models.Model]) -> Iterator[None]:
    """Do without the tables' indexes and foreign keys inside; on SQLite nothing is gained, and nothing happens."""
    if connection.vendor != "postgresql":
        yield
        return
    made_again = [statement for table in tables for statement in _drop(table._meta.db_table)]
    yield
    with connection.cursor() as cursor:
        for statement in made_again:
            cursor.execute(statement)


def _drop(table: str) -> list[str]:
    """Drop what can be dropped and return the statements that make it again, the keys last."""
    with connection.cursor() as cursor:
        cursor.execute(CONSTRAINTS, [table])
        constraints = cursor.fetchall()
        for name, _definition in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute(INDEXES, [table])
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
    added = [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for name, definition in reversed(constraints)]
    return [*(definition for _name, definition in indexes), *added]
