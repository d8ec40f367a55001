"""A program's promo codes: their settings, switching them on for good, and showing them in the widgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.errors import DomainError
from jobs.models import Job
from jobs.operations import ImportChoices, create_run
from jobs.types import import_type
from programs.models import Program
from programs.operations.checks import InvalidValue, check_values, set_values
from promocodes.addresses import each_once
from promocodes.models import CODES_EACH_DEFAULT, CodePool, PromoCode
from promocodes.on_widgets import show_on_widgets
from promocodes.operations.errors import PoolIsOff
from promocodes.operations.fallback import claim_fallback
from promocodes.operations.name_patterns import NamePattern
from promocodes.wake import CHECK, wake_after_commit
from team import audit
from team.audit import Actor, Change

Kind = CodePool.Kind
GIVE_CODES: Final = "give-codes"
MOST_EMAILS: Final = 20
# More codes than this are not turned into another kind: everybody else who writes on SQLite would wait.
MOST_TURNED: Final = 20_000


class KindIsFixed(DomainError):
    """Codes that are switched on keep their kind for good."""

    code = "kind_is_fixed"
    message = gettext_lazy("The promo codes of “%(name)s” are switched on, so they keep their kind for good.")


class StockIsOfOtherKind(DomainError):
    """Too many codes in stock are of another kind than the one asked for."""

    code = "stock_of_other_kind"
    message = gettext_lazy(
        "More than %(limit)s codes of the other kind are in stock. Withdraw them first, or keep the kind."
    )


class PoolChangedMeanwhile(DomainError):
    """Somebody changed the settings after they were read."""

    code = "pool_changed"
    message = gettext_lazy(
        "Somebody else changed the promo codes of “%(name)s” in the meantime. Look at them again before you save."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """What can be set about a program's promo codes; ``fallback`` is the code's text, blank for none."""

    kind: str = Kind.ONE_TIME
    codes_each: int = CODES_EACH_DEFAULT
    notify_at: int | None = None
    notify_emails: tuple[str, ...] = ()
    fallback: str = ""
    name_pattern: str = ""

    def values(self) -> dict[str, Any]:
        """Return the values of the pool's own fields; of multi-use codes each advocate gets one."""
        return {
            "kind": str(self.kind),
            "codes_each": self.codes_each if self.kind == Kind.ONE_TIME else 1,
            "name_pattern": self.name_pattern if self.kind == Kind.MULTI_USE else "",
            "notify_at": self.notify_at,
            "notify_emails": each_once(self.notify_emails),
        }


@dataclass(frozen=True, slots=True)
class SwitchedOn:
    """The pool as it is on, and the job that gives the first codes, if this call started it."""

    pool: CodePool
    job: Job | None


@transaction.atomic
def save_pool(
    *, program: Program, settings: PoolSettings, seen_at: datetime | None, by: Actor, at: datetime
) -> CodePool:
    """
    Give a program's promo codes new settings and return them as they are then.

    ``seen_at`` is the ``updated_at`` of the state that the person changed, None if there was none yet. More codes for
    each advocate than before are given out at once; fewer take nothing away. With a pattern for names, whoever has no
    code gets one. A former fallback code goes on working.

    :raises InvalidValue: if a setting is not one
    :raises BadNamePattern: if no codes can be made by the pattern for names
    :raises CodeTaken: if the fallback's text is another code
    :raises KindIsFixed: if it would change the kind of codes that are on
    :raises StockIsOfOtherKind: if too many codes would have to change their kind
    :raises PoolChangedMeanwhile: if the settings were changed after ``seen_at``
    """
    pool, is_new = CodePool.objects.get_or_create(program=program, defaults={"created_at": at, "updated_at": at})
    codes_each = pool.codes_each
    changes = _set(pool, settings)
    if not changes:
        return pool
    _check(pool, changes)
    if "fallback" in changes:
        pool.fallback = claim_fallback(pool=pool, text=settings.fallback, at=at) if settings.fallback else None
    _write(pool, seen_at=at if is_new else seen_at, at=at)
    audit.record(by=by, action="codepool.saved", target=pool, at=at, changes=changes)
    if "kind" in changes:
        _turn_stock(pool)
    if pool.is_on:
        wake_after_commit(CHECK, pool.pk)
        if pool.codes_each > codes_each or (pool.name_pattern and "name_pattern" in changes):
            _start_giving(pool, by=by, at=at)
    return pool


@transaction.atomic
def switch_on(*, pool: CodePool, by: Actor, at: datetime) -> SwitchedOn:
    """
    Have the advocates of the program get codes from now on, for good, and start the job that gives the first.

    A double click is one job: the second call finds the pool on and starts nothing.
    """
    is_first = CodePool.objects.filter(pk=pool.pk, switched_on_at=None).update(switched_on_at=at, updated_at=at)
    pool = CodePool.objects.select_related("program").get(pk=pool.pk)
    if not is_first:
        return SwitchedOn(pool, None)
    changes = {"switched_on_at": Change(None, at.isoformat())}
    audit.record(by=by, action="codepool.switched_on", target=pool, at=at, changes=changes)
    wake_after_commit(CHECK, pool.pk)
    return SwitchedOn(pool, _start_giving(pool, by=by, at=at))


@transaction.atomic
def set_up_codes(
    *, program: Program, settings: PoolSettings, seen_at: datetime | None, by: Actor, at: datetime
) -> SwitchedOn:
    """
    Save the settings of a program's promo codes and switch them on, or do neither.

    :raises: what :func:`save_pool` raises
    """
    pool = save_pool(program=program, settings=settings, seen_at=seen_at, by=by, at=at)
    return switch_on(pool=pool, by=by, at=at)


@transaction.atomic
def set_on_widgets(*, pool: CodePool, shown: bool, by: Actor, at: datetime) -> bool:
    """
    Show the promo codes in the program's widgets, or no longer; return whether that is a change.

    :raises PoolIsOff: if there are none that could be shown
    """
    if not CodePool.objects.filter(pk=pool.pk, switched_on_at__isnull=False).exists():
        raise PoolIsOff(program=pool.program.name)
    if not CodePool.objects.filter(pk=pool.pk, on_widgets=not shown).update(on_widgets=shown, updated_at=at):
        return False
    changes = {"on_widgets": Change(not shown, shown)}
    action = "codepool.put_on_widgets" if shown else "codepool.taken_off_widgets"
    audit.record(by=by, action=action, target=pool, at=at, changes=changes)
    show_on_widgets(program=pool.program, shown=shown, by=by, at=at)
    return True


def _set(pool: CodePool, settings: PoolSettings) -> dict[str, Change]:
    changes = set_values(pool, settings.values())
    before = pool.fallback.code if pool.fallback else ""
    if settings.fallback.lower() != before.lower():
        changes["fallback"] = Change(before, settings.fallback)
    return changes


def _check(pool: CodePool, changes: Mapping[str, Change]) -> None:
    check_values(pool, names=[name for name in changes if name != "fallback"])
    label = CodePool._meta.get_field("notify_emails").verbose_name
    if pool.name_pattern:
        NamePattern.of(pool.name_pattern)
    if len(pool.notify_emails) > MOST_EMAILS:
        reason = _("Name up to %(limit)s addresses.") % {"limit": MOST_EMAILS}
        raise InvalidValue(field="notify_emails", label=label, reason=reason)
    for address in pool.notify_emails:
        try:
            validate_email(address)
        except ValidationError as error:
            reason = _("“%(address)s” is not an e-mail address.") % {"address": address}
            raise InvalidValue(field="notify_emails", label=label, reason=reason) from error


def _write(pool: CodePool, *, seen_at: datetime | None, at: datetime) -> None:
    """Write what the person set, if the row is as they saw it and keeps its kind once it is on."""
    pools = CodePool.objects.filter(pk=pool.pk)
    as_seen = pools.none() if seen_at is None else pools.filter(updated_at=seen_at)
    able = as_seen.filter(Q(switched_on_at__isnull=True) | Q(kind=pool.kind))
    names = ("kind", "codes_each", "name_pattern", "notify_at", "notify_emails", "fallback")
    if not able.update(**{name: getattr(pool, name) for name in names}, updated_at=at):
        error = KindIsFixed if as_seen.exists() else PoolChangedMeanwhile
        raise error(name=pool.program.name)
    pool.updated_at = at


def _turn_stock(pool: CodePool) -> None:
    """Give the codes in stock the kind that the pool has now."""
    wanted = pool.kind == Kind.MULTI_USE
    others = PromoCode.objects.filter(pool=pool, state=PromoCode.State.STOCK, is_multi_use=not wanted)
    if others[: MOST_TURNED + 1].count() > MOST_TURNED:
        raise StockIsOfOtherKind(limit=MOST_TURNED)
    others.update(is_multi_use=wanted)


def _start_giving(pool: CodePool, *, by: Actor, at: datetime) -> Job:
    name = _("Codes for the advocates of “%(name)s”") % {"name": pool.program.name}
    choices = ImportChoices(without_preview=True)
    kind = import_type(GIVE_CODES)
    return create_run(import_type=kind, name=name, params={"pool": pool.pk}, by=by, at=at, choices=choices)
