"""What the database itself refuses about codes, on both engines; installed and repeated by migrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CODES: Final = "promocodes_promocode"
POOLS: Final = "promocodes_codepool"
REFERRAL_CODES: Final = "programs_referralcode"
PARTICIPANTS: Final = "programs_participant"
STOCK, ASSIGNED, USED, WITHDRAWN, EXPIRED, REFERRAL = 0, 1, 2, 3, 4, 9  # PromoCode.State, which may grow later


@dataclass(frozen=True, slots=True)
class Guard:
    """
    A change of a table's rows that is refused; ``when`` compares with ``{differs}``, as each engine writes it.

    PostgreSQL reads a trigger's condition anew for each statement, but a function's once for each connection: where
    ``only_if`` is given it is the trigger's condition, so that what never breaks the rule costs next to nothing.
    """

    name: str
    table: str
    verb: str
    when: str
    message: str
    only_if: str = ""


# On PostgreSQL the trigger of promocodes/code_rules.py keeps it, once that is there.
SETTLED: Final = Guard(
    "promocodes_code_settled",
    CODES,
    "UPDATE OF state, participant_id, used_at",
    f"NEW.state = {STOCK} OR NEW.participant_id {{differs}} OLD.participant_id"
    f" OR (OLD.state = {REFERRAL}) <> (NEW.state = {REFERRAL})"
    f" OR OLD.state IN ({USED}, {WITHDRAWN}, {EXPIRED})"
    " AND (NEW.state <> OLD.state OR NEW.used_at {differs} OLD.used_at)",
    "a promo code is given to one advocate only, and used, withdrawn or expired for good",
    only_if=f"OLD.state <> {STOCK}",
)
GUARDS: Final = (
    Guard("promocodes_code_kept", CODES, "DELETE", f"OLD.state <> {REFERRAL}", "a promo code is never deleted"),
    SETTLED,
    Guard(
        "promocodes_code_same",
        CODES,
        "UPDATE OF code, pool_id, batch_id",
        f"OLD.state <> {REFERRAL} AND (NEW.code <> OLD.code OR NEW.pool_id {{differs}} OLD.pool_id"
        f" OR NEW.batch_id {{differs}} OLD.batch_id)",
        "a promo code never changes its text, pool or batch",
    ),
    Guard(
        "promocodes_pool_stays_on",
        POOLS,
        "UPDATE",
        "OLD.switched_on_at IS NOT NULL AND (NEW.switched_on_at {differs} OLD.switched_on_at"
        " OR NEW.kind <> OLD.kind OR NEW.program_id <> OLD.program_id)",
        "promo codes stay switched on, and of their kind",
    ),
    Guard(
        "promocodes_pool_kept",
        POOLS,
        "DELETE",
        "OLD.switched_on_at IS NOT NULL",
        "promo codes stay switched on, and of their kind",
    ),
    # In place of the foreign key that a code does not have: it would be looked up for each code that is given.
    Guard(
        "promocodes_holder_kept",
        PARTICIPANTS,
        "DELETE",
        f"EXISTS (SELECT 1 FROM {CODES} WHERE participant_id = OLD.id)",
        "a participant who was given promo codes is never deleted",
        only_if="TRUE",
    ),
)

RAISED: Final = "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'"
EARLIER_GUARDS: Final = ("promocodes_code_final", "promocodes_code_given_once")

CLAIM: Final = (
    f"INSERT INTO {CODES} (code, state, is_multi_use, is_extra, use_count)"
    f" VALUES (NEW.code, {REFERRAL}, FALSE, FALSE, 0)"
)
RENAME: Final = f"UPDATE {CODES} SET code = NEW.code WHERE lower(code) = lower(OLD.code) AND state = {REFERRAL}"
RELEASE: Final = f"DELETE FROM {CODES} WHERE lower(code) = lower(OLD.code) AND state = {REFERRAL}"


def guard_codes() -> migrations.RunPython:
    """
    Return the migration step that installs the guards and the claims of referral codes.

    SQLite drops a table's triggers when a migration rebuilds the table, as most changes of a column or constraint do:
    a migration that does so to one of the guarded tables ends with this step. One that rebuilds the codes' table begins
    with :func:`lift_guards`, as SQLite renames no table that a trigger elsewhere names.
    """
    return migrations.RunPython(_install, _remove)


def lift_guards() -> migrations.RunPython:
    """Return the migration step that takes the guards and claims away for the steps that follow it."""
    return migrations.RunPython(_remove, _install)


def _install(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    _remove(_apps, editor)
    statements = _sqlite_guards() if editor.connection.vendor == "sqlite" else _postgres_guards()
    for statement in statements:
        editor.execute(statement, params=None)


def _remove(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    names = [*(guard.name for guard in GUARDS), *EARLIER_GUARDS]
    if editor.connection.vendor == "sqlite":
        names += [f"promocodes_{verb}_referral_code" for verb in _CLAIMS]
        statements = [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    else:
        functions = ("promocodes_refuse", "promocodes_claim_referral_code", *names)
        statements = [f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in functions]
    for statement in statements:
        editor.execute(statement, params=None)


_CLAIMS: Final = {
    "claim": ("INSERT", CLAIM),
    "rename": ("UPDATE OF code", RENAME),
    "release": ("DELETE", RELEASE),
}


def _sqlite_guards() -> list[str]:
    guards = [
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table} WHEN {condition_of(guard, 'IS NOT')} "
        f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        for guard in GUARDS
    ]
    claims = [
        f"CREATE TRIGGER promocodes_{name}_referral_code AFTER {verb} ON {REFERRAL_CODES} BEGIN {statement}; END"
        for name, (verb, statement) in _CLAIMS.items()
    ]
    return guards + claims


def condition_of(guard: Guard, differs: str) -> str:
    """Return when a guard refuses; ``differs`` is what an engine calls it when one value is not the other or NULL."""
    when = guard.when.format(differs=differs)
    return f"{guard.only_if} AND ({when})" if guard.only_if else when


def guard_statements(guard: Guard) -> list[str]:
    """Return what installs a guard on PostgreSQL, where there is the function that refuses."""
    condition, function, made = condition_of(guard, "IS DISTINCT FROM"), "promocodes_refuse", []
    if guard.only_if:
        row = "OLD" if guard.verb == "DELETE" else "NEW"
        check = f"BEGIN IF {condition} THEN {RAISED}; END IF; RETURN {row}; END"
        made.append(f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $$ {check} $$")
        condition, function = guard.only_if, guard.name
    trigger = (
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table} FOR EACH ROW "
        f"WHEN ({condition}) EXECUTE FUNCTION {function}('{guard.message}')"
    )
    return [*made, trigger]


def _postgres_guards() -> list[str]:
    refuse = "CREATE FUNCTION promocodes_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    guards = [statement for guard in GUARDS for statement in guard_statements(guard)]
    claim = (
        f"BEGIN IF TG_OP = 'INSERT' THEN {CLAIM}; ELSIF TG_OP = 'UPDATE' THEN {RENAME}; ELSE {RELEASE}; END IF; "
        "RETURN NULL; END"
    )
    claims = "CREATE FUNCTION promocodes_claim_referral_code() RETURNS trigger LANGUAGE plpgsql AS"
    installed = (
        f"CREATE TRIGGER promocodes_claim_referral_code AFTER INSERT OR DELETE OR UPDATE OF code ON {REFERRAL_CODES} "
        "FOR EACH ROW EXECUTE FUNCTION promocodes_claim_referral_code()"
    )
    return [f"{refuse} $$ BEGIN {RAISED}; END $$", *guards, f"{claims} $$ {claim} $$", installed]
