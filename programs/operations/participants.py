from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from dataclasses import fields as dataclass_fields
from datetime import datetime
from typing import Any, NoReturn

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.models import Participant, Program
from programs.operations.checks import check_values, set_values
from programs.operations.joining import join_program
from programs.operations.search_terms import index_participants
from programs.unblocked import announce_unblocked
from team import audit
from team.audit import Actor, Change

FOUND_BY = frozenset({"first_name", "last_name", "email"})


class ParticipantExists(DomainError):
    """Another participant has both ids already; ``params["participant_id"]`` is its primary key."""

    code = "participant_exists"
    message = _(
        "%(name)s already has the user ID %(user_id)s in the account %(account_id)s. "
        "Open that participant, or use other IDs."
    )


class ParticipantChangedMeanwhile(DomainError):
    """Somebody changed the participant after it was read."""

    code = "participant_changed"
    message = _("Somebody else changed %(name)s in the meantime. Look at the participant again before you change it.")


class BlockReasonMissing(DomainError):
    """A block must say why, for whoever looks at it later."""

    code = "block_reason_missing"
    message = _("Give the reason for the block: your colleagues will read it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantProfile:
    """What can be changed about a participant at any time; the ids never change."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    locale: str = ""
    country_code: str = ""
    referable: bool = True
    image_url: str = ""
    segments: list[str] = field(default_factory=list)
    custom_fields: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, participant: Participant) -> ParticipantProfile:
        """Return the participant's profile as it is."""
        return cls(**{each.name: getattr(participant, each.name) for each in dataclass_fields(cls)})

    def values(self) -> dict[str, Any]:
        """Return the values by their fields' names."""
        return {each.name: getattr(self, each.name) for each in dataclass_fields(self)}


@transaction.atomic
def add_participant(
    *,
    account_id: str,
    user_id: str,
    profile: ParticipantProfile,
    programs: Iterable[Program] = (),
    by: Actor,
    at: datetime,
) -> Participant:
    """
    Add a participant, who joins the programs given.

    :raises InvalidValue: if an id or a value of the profile is not one
    :raises ParticipantExists: if the ids are taken
    """
    participant = Participant(account_id=account_id, user_id=user_id, created_at=at, updated_at=at, **profile.values())
    check_values(participant, names={"account_id", "user_id", *profile.values()})
    try:
        with transaction.atomic():
            participant.save(force_insert=True)
    except IntegrityError as error:
        _refuse_duplicate(account_id, user_id, error)
    index_participants(participants=[participant])
    ids = {"account_id": Change(None, account_id), "user_id": Change(None, user_id)}
    audit.record(by=by, action="participant.added", target=participant, at=at, changes=ids)
    for program in programs:
        join_program(participant=participant, program=program, by=by, at=at)
    return participant


def _refuse_duplicate(account_id: str, user_id: str, error: IntegrityError) -> NoReturn:
    holder = Participant.objects.filter(account_id=account_id, user_id=user_id).first()
    if holder is None:
        raise error
    raise ParticipantExists(
        name=str(holder), account_id=account_id, user_id=user_id, participant_id=holder.pk
    ) from error


@transaction.atomic
def change_participant(
    *, participant: Participant, profile: ParticipantProfile, seen_at: datetime, by: Actor, at: datetime
) -> Participant:
    """
    Give a participant a new profile and return it as it is then.

    ``seen_at`` is the ``updated_at`` of the state that the person changed.

    :raises InvalidValue: if a value of the profile is not one
    :raises ParticipantChangedMeanwhile: if it was changed after ``seen_at``
    """
    changed = Participant.objects.get(pk=participant.pk)
    changes = set_values(changed, profile.values())
    if not changes:
        return changed
    check_values(changed, names=changes)
    # The row as the person saw it is in the WHERE clause, so that nobody overwrites what they have not seen.
    as_seen = Participant.objects.filter(pk=participant.pk, updated_at=seen_at)
    if not as_seen.update(**{name: getattr(changed, name) for name in changes}, updated_at=at):
        raise ParticipantChangedMeanwhile(name=str(participant))
    changed.updated_at = at
    if FOUND_BY & changes.keys():
        index_participants(participants=[changed])
    audit.record(by=by, action="participant.changed", target=changed, at=at, changes=changes)
    return changed


@transaction.atomic
def block_participant(*, participant: Participant, reason: str, by: Actor, at: datetime) -> bool:
    """
    Keep a participant from referring and being referred, and return whether this call did it.

    Who is blocked already stays so, since then and for that reason.

    :raises BlockReasonMissing: if ``reason`` is empty
    :raises InvalidValue: if ``reason`` is too long
    """
    reason = reason.strip()
    if not reason:
        raise BlockReasonMissing
    check_values(Participant(block_reason=reason), names={"block_reason"})
    is_new = Participant.objects.filter(pk=participant.pk, date_blocked__isnull=True).update(
        date_blocked=at, block_reason=reason, updated_at=at
    )
    participant.refresh_from_db()
    if is_new:
        changes = {"blocked": Change(False, True), "block_reason": Change("", reason)}
        audit.record(by=by, action="participant.blocked", target=participant, at=at, changes=changes)
    return bool(is_new)


@transaction.atomic
def unblock_participant(*, participant: Participant, reason: str, by: Actor, at: datetime) -> bool:
    """
    Let a blocked participant refer and be referred again, and return whether this call did it.

    :raises InvalidValue: if ``reason``, which may be empty, is too long
    """
    reason = reason.strip()
    check_values(Participant(block_reason=reason), names={"block_reason"})
    is_new = Participant.objects.filter(pk=participant.pk, date_blocked__isnull=False).update(
        date_blocked=None, block_reason="", updated_at=at
    )
    participant.refresh_from_db()
    if is_new:
        changes = {"blocked": Change(True, False)}
        if reason:
            changes["reason"] = Change(None, reason)
        audit.record(by=by, action="participant.unblocked", target=participant, at=at, changes=changes)
        announce_unblocked(participant=participant, at=at)
    return bool(is_new)
