from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.created import announce_created
from programs.models import Program
from programs.operations.checks import check_values, set_values
from team import audit
from team.audit import Actor, Change


class ProgramKeyTaken(DomainError):
    """Another program has the key already, be it in other case."""

    code = "program_key_taken"
    message = _("The program “%(name)s” already has the ID %(key)s. Choose another one.")


class LandingPageMissing(DomainError):
    """A program that people use has nowhere to send them."""

    code = "landing_page_missing"
    message = _("“%(name)s” has no main URL. Give it one first: it is where a share link takes a friend.")


class StatusMoveRefused(DomainError):
    """The program's status does not lead to the one asked for, or no longer."""

    code = "status_move_refused"
    message = _("“%(name)s” is in the status %(status)s now, so this is not possible. Nothing was changed.")


class ProgramChangedMeanwhile(DomainError):
    """Somebody changed the program after it was read."""

    code = "program_changed"
    message = _("Somebody else changed “%(name)s” in the meantime. Look at it again before you change it.")


class ProgramIsLive(DomainError):
    """A live program cannot be deleted."""

    code = "program_is_live"
    message = _("“%(name)s” is live. Pause it first: only a draft or a paused program can be deleted.")


class ProgramInUse(DomainError):
    """Codes, referrals or rewards belong to the program."""

    code = "program_in_use"
    message = _("“%(name)s” has codes, referrals or rewards, so it cannot be deleted. Pause it instead.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDetails:
    """What can be changed about a program at any time."""

    name: str
    main_url: str = ""
    fallback_url: str = ""
    cookie_days: int | None = None


@transaction.atomic
def create_program(*, key: str, details: ProgramDetails, by: Actor, at: datetime) -> Program:
    """
    Make a program, as a draft.

    :raises InvalidValue: if the key or a detail is not one
    :raises ProgramKeyTaken: if a program has this key, in any case
    """
    program = Program(key=key, created_at=at, updated_at=at, **asdict(details))
    check_values(program, names={"key", *asdict(details)})
    try:
        with transaction.atomic():
            program.save(force_insert=True)
    except IntegrityError as error:
        holder = Program.objects.alias(folded=Lower("key")).filter(folded=key.lower()).first()
        if holder is None:
            raise
        raise ProgramKeyTaken(name=holder.name, key=holder.key) from error
    audit.record(by=by, action="program.created", target=program, at=at, changes={"key": Change(None, key)})
    announce_created(program=program, at=at)
    return program


@transaction.atomic
def change_program(*, program: Program, details: ProgramDetails, seen_at: datetime, by: Actor, at: datetime) -> Program:
    """
    Give a program new details and return it as it is then.

    ``seen_at`` is the ``updated_at`` of the state that the person changed.

    :raises InvalidValue: if a detail is not one
    :raises LandingPageMissing: if it would take the main URL from a program that is no draft
    :raises ProgramChangedMeanwhile: if it was changed after ``seen_at``
    """
    changed = Program.objects.get(pk=program.pk)
    changes = set_values(changed, asdict(details))
    if not changes:
        return changed
    check_values(changed, names=changes)
    # The row as the person saw it is in the WHERE clause, so that nobody overwrites what they have not seen.
    as_seen = Program.objects.filter(pk=program.pk, updated_at=seen_at)
    allowed = as_seen if details.main_url else as_seen.filter(status=Program.Status.DRAFT)
    if not allowed.update(**asdict(details), updated_at=at):
        if as_seen.exists():
            raise LandingPageMissing(name=program.name)
        raise ProgramChangedMeanwhile(name=program.name)
    changed.updated_at = at
    audit.record(by=by, action="program.changed", target=changed, at=at, changes=changes)
    return changed


def launch_program(*, program: Program, by: Actor, at: datetime) -> None:
    """
    Make a draft live.

    :raises LandingPageMissing: if it has no main URL
    :raises StatusMoveRefused: if it is no draft
    """
    _move(program, to=Program.Status.LIVE, when=Program.Status.DRAFT, action="program.launched", by=by, at=at)


def pause_program(*, program: Program, by: Actor, at: datetime) -> None:
    """
    Stop a live program from taking referrals.

    :raises StatusMoveRefused: if it is not live
    """
    _move(program, to=Program.Status.PAUSED, when=Program.Status.LIVE, action="program.paused", by=by, at=at)


def resume_program(*, program: Program, by: Actor, at: datetime) -> None:
    """
    Make a paused program live again.

    :raises LandingPageMissing: if it has no main URL
    :raises StatusMoveRefused: if it is not paused
    """
    _move(program, to=Program.Status.LIVE, when=Program.Status.PAUSED, action="program.resumed", by=by, at=at)


@transaction.atomic
def _move(program: Program, *, to: Program.Status, when: Program.Status, action: str, by: Actor, at: datetime) -> None:
    able = Q(status=when)
    if to == Program.Status.LIVE:
        able &= ~Q(main_url="")
    if not Program.objects.filter(able, pk=program.pk).update(status=to, updated_at=at):
        program.refresh_from_db()
        if program.status == when:
            raise LandingPageMissing(name=program.name)
        raise StatusMoveRefused(name=program.name, status=program.get_status_display())
    program.refresh_from_db()
    audit.record(by=by, action=action, target=program, at=at, changes={"status": Change(str(when), str(to))})


@transaction.atomic
def delete_program(*, program: Program, by: Actor, at: datetime) -> None:
    """
    Delete a program that nobody uses.

    :raises ProgramIsLive: if it is live
    :raises ProgramInUse: if codes, referrals or rewards belong to it
    """
    # This UPDATE holds the row: nobody makes it live before it is gone.
    if not Program.objects.filter(pk=program.pk).exclude(status=Program.Status.LIVE).update(updated_at=at):
        raise ProgramIsLive(name=program.name)
    audit.record(by=by, action="program.deleted", target=program, at=at, changes={"key": Change(program.key, None)})
    try:
        Program.objects.filter(pk=program.pk).delete()
    except ProtectedError as error:
        raise ProgramInUse(name=program.name) from error
