"""Tables that only ever grow: the database itself refuses to change or delete their rows."""

from __future__ import annotations

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def refuse_changes(table: str) -> migrations.RunPython:
    """
    Return a migration step after which UPDATE and DELETE on ``table`` fail on both engines.

    SQLite drops a table's triggers when a later migration rebuilds the table (any new constraint does): such a
    migration repeats this step.
    """

    def install(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _install_statements(table, editor.connection.vendor):
            editor.execute(statement, params=None)

    def remove(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _remove_statements(table, editor.connection.vendor):
            editor.execute(statement, params=None)

    return migrations.RunPython(install, remove)


def _install_statements(table: str, vendor: str) -> list[str]:
    message = f"{table} is append-only"
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    body = f"BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END"
    function, row_by_row = f"{table}_append_only", "FOR EACH ROW EXECUTE FUNCTION"
    return [
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$",
        f"CREATE OR REPLACE TRIGGER {function} BEFORE UPDATE OR DELETE ON {table} {row_by_row} {function}()",
    ]


def _remove_statements(table: str, vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {table}_no_{verb}" for verb in ("update", "delete")]
    return [
        f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}",
        f"DROP FUNCTION IF EXISTS {table}_append_only()",
    ]
