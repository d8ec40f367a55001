"""The rule on where a code can be, put into a function on PostgreSQL."""

from __future__ import annotations

from typing import Any, Final

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CODES: Final = "promocodes_promocode"
RULE: Final = "promocodes_code_state"

READ: Final = """
    SELECT pg_get_expr(rule.conbin, rule.conrelid),
        string_agg(quote_ident(attname), ', ' ORDER BY attnum),
        string_agg(quote_ident(attname) || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum)
    FROM pg_constraint AS rule JOIN pg_attribute ON attrelid = rule.conrelid AND attnum = ANY(rule.conkey)
    WHERE rule.conrelid = %s::regclass AND rule.conname = %s GROUP BY rule.oid
"""


def check_state_by_function() -> migrations.RunPython:
    """
    Return the migration step that makes PostgreSQL ask a function whether a code's state fits its other columns.

    The function says what the model's constraint said, which stays as it is on SQLite. PostgreSQL parses the rules of a
    table anew for each statement, but a function once for each connection: a third of what it took to give a code was
    the parsing of this one. A migration that changes the constraint ends with this step.
    """
    return migrations.RunPython(_use_function, _use_condition)


def _use_function(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute(READ, [CODES, RULE])
        condition, columns, parameters = cursor.fetchone()
    signature = f"{RULE}({parameters}) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE"
    for statement in (
        f"ALTER TABLE {CODES} DROP CONSTRAINT {RULE}",
        f"DROP FUNCTION IF EXISTS {RULE}",
        f"CREATE FUNCTION {signature} AS $$ BEGIN RETURN {condition}; END $$",
        f"ALTER TABLE {CODES} ADD CONSTRAINT {RULE} CHECK ({RULE}({columns}))",
    ):
        editor.execute(statement, params=None)


def _use_condition(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    model: Any = apps.get_model("promocodes", "PromoCode")
    rule = next(constraint for constraint in model._meta.constraints if constraint.name == RULE)
    editor.remove_constraint(model, rule)
    editor.execute(f"DROP FUNCTION IF EXISTS {RULE}", params=None)
    editor.add_constraint(model, rule)
