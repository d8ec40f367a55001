"""The rules on what a code can be and become, kept on PostgreSQL by one trigger in place of constraints and a guard."""

from __future__ import annotations

from typing import Any, Final

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import CheckConstraint, Model
from django.db.models.sql.query import Query

from promocodes.guards import CODES, SETTLED, condition_of, guard_statements

TRIGGER: Final = "promocodes_code_rules"
RULES: Final = ("promocodes_code_state", "promocodes_code_uses")

REFUSE: Final = f"""
    IF NOT ({{condition}}) THEN
        RAISE EXCEPTION 'new row for relation "{CODES}" violates check constraint "{{name}}"'
            USING ERRCODE = 'check_violation', TABLE = '{CODES}', CONSTRAINT = '{{name}}';
    END IF;
"""
KEEP_SETTLED: Final = f"""
    IF TG_OP = 'UPDATE' THEN
        IF {condition_of(SETTLED, "IS DISTINCT FROM")} THEN
            RAISE EXCEPTION '{SETTLED.message}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
"""
FUNCTION: Final = f"""
    CREATE OR REPLACE FUNCTION {TRIGGER}() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN {{refusals}} {KEEP_SETTLED} RETURN NEW; END $$
"""
INSTALL: Final = f"""
    CREATE OR REPLACE TRIGGER {TRIGGER} BEFORE INSERT OR UPDATE ON {CODES} FOR EACH ROW EXECUTE FUNCTION {TRIGGER}()
"""


def check_codes_by_trigger() -> migrations.RunPython:
    """
    Return the migration step that has a trigger keep the rules of codes on PostgreSQL.

    The trigger says what the model's constraints and the guard of settled codes say, which stay as they are on SQLite.
    PostgreSQL parses the constraints of a table and the conditions of its triggers anew for each statement, but a
    function once for each connection: a fifth of what it takes to give a code was that parsing. A migration that
    changes one of them, or installs the guards again, has :func:`check_codes_by_constraint` before it and ends with
    this step.
    """
    return migrations.RunPython(_use_trigger, _use_constraints)


def check_codes_by_constraint() -> migrations.RunPython:
    """Return the migration step that takes :func:`check_codes_by_trigger` back."""
    return migrations.RunPython(_use_constraints, _use_trigger)


def _use_trigger(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("promocodes", "PromoCode")
    refusals = (REFUSE.format(condition=_condition(model, rule, editor), name=rule.name) for rule in _rules(model))
    for name in RULES:
        editor.execute(f"ALTER TABLE {CODES} DROP CONSTRAINT IF EXISTS {name}", params=None)
    editor.execute("DROP FUNCTION IF EXISTS promocodes_code_state", params=None)  # one of them called it for a time
    editor.execute(FUNCTION.format(refusals="".join(refusals)), params=None)
    editor.execute(INSTALL, params=None)
    editor.execute(f"DROP FUNCTION IF EXISTS {SETTLED.name}() CASCADE", params=None)


def _use_constraints(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    model = apps.get_model("promocodes", "PromoCode")
    editor.execute(f"DROP FUNCTION IF EXISTS {TRIGGER}() CASCADE", params=None)
    for rule in _rules(model):
        editor.add_constraint(model, rule)
    for statement in guard_statements(SETTLED):
        editor.execute(statement, params=None)


def _rules(model: type[Model]) -> list[CheckConstraint]:
    found = [rule for rule in model._meta.constraints if rule.name in RULES]
    return [rule for rule in found if isinstance(rule, CheckConstraint)]


def _condition(model: type[Model], rule: CheckConstraint, editor: BaseDatabaseSchemaEditor) -> str:
    """Return a constraint's condition about the new row of a trigger."""
    query: Any = Query(model=model)
    where = query.build_where(rule.condition)
    sql, params = where.as_sql(query.get_compiler(connection=editor.connection), editor.connection)
    condition: str = sql % tuple(editor.quote_value(value) for value in params)
    return condition.replace(f'"{CODES}".', "NEW.")
