"""How soon PostgreSQL looks again at a table of which one program or unit is a small part."""

from __future__ import annotations

from typing import Final

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CHANGES: Final = 5_000
SETTINGS: Final = {"autovacuum_analyze_scale_factor": 0, "autovacuum_analyze_threshold": CHANGES}


def look_again_soon(*tables: str) -> migrations.RunPython:
    """
    Return the migration step that has autovacuum look at tables after each 5,000 changes, not when a tenth has changed.

    Of a program that it does not know PostgreSQL thinks that it has one row, whatever it has. It then finds a person's
    row in it by going through all of the program's rows, which one program among many could have a million of before a
    tenth of the table has changed. To look takes about as long for a large table as for a small one.
    """

    def look_soon(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        values = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
        _alter(editor, tables, f"SET ({values})")

    def look_as_always(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
        _alter(editor, tables, f"RESET ({', '.join(SETTINGS)})")

    return migrations.RunPython(look_soon, look_as_always)


def _alter(editor: BaseDatabaseSchemaEditor, tables: tuple[str, ...], change: str) -> None:
    if editor.connection.vendor != "postgresql":
        return
    for table in tables:
        editor.execute(f"ALTER TABLE {editor.quote_name(table)} {change}", params=None)
