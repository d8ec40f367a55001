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
STOCK, ASSIGNED, USED, WITHDRAWN, EXPIRED, REFERRAL = 0, 1, 2, 3, 4, 9  # PromoCode.State, which may grow later


@dataclass(frozen=True, slots=True)
class Guard:
    """A change of a table's rows that is refused; ``when`` compares with ``{differs}``, as each engine writes it."""

    name: str
    table: str
    verb: str
    when: str
    message: str


GUARDS: Final = (
    Guard("promocodes_code_kept", CODES, "DELETE", f"OLD.state <> {REFERRAL}", "a promo code is never deleted"),
    Guard(
        "promocodes_code_final",
        CODES,
        "UPDATE",
        f"OLD.state IN ({USED}, {WITHDRAWN}, {EXPIRED}) AND (NEW.state <> OLD.state"
        " OR NEW.participant_id {differs} OLD.participant_id OR NEW.used_at {differs} OLD.used_at)",
        "a used, withdrawn or expired promo code stays so",
    ),
    Guard(
        "promocodes_code_given_once",
        CODES,
        "UPDATE",
        f"OLD.state <> {STOCK} AND (NEW.state = {STOCK} OR NEW.participant_id {{differs}} OLD.participant_id)",
        "a promo code is given to one advocate only",
    ),
    Guard(
        "promocodes_code_same",
        CODES,
        "UPDATE",
        f"OLD.state <> {REFERRAL} AND (NEW.code <> OLD.code OR NEW.pool_id {{differs}} OLD.pool_id"
        f" OR NEW.batch_id {{differs}} OLD.batch_id) OR (OLD.state = {REFERRAL}) <> (NEW.state = {REFERRAL})",
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
)

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
    a migration that does so to one of the three tables ends with this step.
    """
    return migrations.RunPython(_install, _remove)


def _install(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    _remove(_apps, editor)
    statements = _sqlite_guards() if editor.connection.vendor == "sqlite" else _postgres_guards()
    for statement in statements:
        editor.execute(statement, params=None)


def _remove(_apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "sqlite":
        names = [guard.name for guard in GUARDS] + [f"promocodes_{verb}_referral_code" for verb in _CLAIMS]
        statements = [f"DROP TRIGGER IF EXISTS {name}" for name in names]
    else:
        functions = ("promocodes_refuse", "promocodes_claim_referral_code")
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
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table} WHEN {guard.when.format(differs='IS NOT')} "
        f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        for guard in GUARDS
    ]
    claims = [
        f"CREATE TRIGGER promocodes_{name}_referral_code AFTER {verb} ON {REFERRAL_CODES} BEGIN {statement}; END"
        for name, (verb, statement) in _CLAIMS.items()
    ]
    return guards + claims


def _postgres_guards() -> list[str]:
    raised = "RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'"
    refuse = "CREATE FUNCTION promocodes_refuse() RETURNS trigger LANGUAGE plpgsql AS"
    guards = [
        f"CREATE TRIGGER {guard.name} BEFORE {guard.verb} ON {guard.table} FOR EACH ROW "
        f"WHEN ({guard.when.format(differs='IS DISTINCT FROM')}) "
        f"EXECUTE FUNCTION promocodes_refuse('{guard.message}')"
        for guard in GUARDS
    ]
    claim = (
        f"BEGIN IF TG_OP = 'INSERT' THEN {CLAIM}; ELSIF TG_OP = 'UPDATE' THEN {RENAME}; ELSE {RELEASE}; END IF; "
        "RETURN NULL; END"
    )
    claims = "CREATE FUNCTION promocodes_claim_referral_code() RETURNS trigger LANGUAGE plpgsql AS"
    installed = (
        f"CREATE TRIGGER promocodes_claim_referral_code AFTER INSERT OR DELETE OR UPDATE OF code ON {REFERRAL_CODES} "
        "FOR EACH ROW EXECUTE FUNCTION promocodes_claim_referral_code()"
    )
    return [f"{refuse} $$ BEGIN {raised}; END $$", *guards, f"{claims} $$ {claim} $$", installed]
