"""Registering a participant as shops do: made or changed in what was sent, and an advocate of every live program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.models import ErasedParticipant, Participant, Program
from programs.operations.checks import InvalidValue, check_values, set_values
from programs.operations.erasing import ids_digest
from programs.operations.joining import join_program
from programs.operations.participants import FOUND_BY, ParticipantExists, ParticipantProfile, add_participant
from programs.operations.search_terms import index_participants
from programs.queries import codes_of_live_programs, participant_of
from team import audit
from team.audit import Actor, Change

MOST_ON_ACCOUNT: Final = 1000


class DoNotTrack(DomainError):
    """The participant was deleted with the promise not to be registered again."""

    code = "do_not_track"
    message = _("This user was deleted and must not be tracked again.")


class AccountFull(DomainError):
    """More users share the account than one account may have."""

    code = "account_full"
    message = _("An account has at most %(most)s users.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """
    What was sent of a participant: ``values`` by their fields' names, everything else stays as it is.

    ``custom_fields`` sets some of their own fields, ``None`` removes one. ``codes`` wishes for a code in a program, by
    its key; who has joined already keeps theirs.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    add_segments: Sequence[str] = ()
    remove_segments: Sequence[str] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """The participant as they are then, with their primary code in each live program by its key."""

    participant: Participant
    codes: Mapping[str, str]
    is_new: bool


def create_participant(
    *, account_id: str, user_id: str, registration: Registration, by: Actor, at: datetime
) -> Registered:
    """
    Register a new participant.

    :raises ParticipantExists: if the ids are taken
    :raises DoNotTrack: if they were deleted for good
    :raises AccountFull: if the account has too many users
    :raises InvalidValue: if a value is not one
    :raises CodeTaken: if a code wished for is taken
    """
    with transaction.atomic():
        participant = _add(account_id, user_id, registration, by=by, at=at)
        return Registered(participant, _join(participant, registration.codes, by=by, at=at), is_new=True)


def upsert_participant(
    *, account_id: str, user_id: str, registration: Registration, by: Actor, at: datetime
) -> Registered:
    """
    Register a participant, or change what differs of one; a repeated call writes nothing.

    :raises DoNotTrack: if they were deleted for good
    :raises AccountFull: if the account has too many users
    :raises InvalidValue: if a value is not one
    :raises CodeTaken: if a code wished for is taken
    """
    existing = participant_of(account_id=account_id, user_id=user_id)
    if existing is None:
        try:
            return create_participant(account_id=account_id, user_id=user_id, registration=registration, by=by, at=at)
        except ParticipantExists:  # another call was quicker; now this one changes what differs
            existing = Participant.objects.get(account_id=account_id, user_id=user_id)
    if set_values(existing, _wanted(existing, registration)):
        existing = _change(existing, registration, by=by, at=at)
    codes = codes_of_live_programs(existing)
    if not all(codes.values()):
        with transaction.atomic():
            return Registered(existing, _join(existing, registration.codes, by=by, at=at), is_new=False)
    return Registered(existing, {key: code for key, code in codes.items() if code}, is_new=False)


def _add(account_id: str, user_id: str, registration: Registration, *, by: Actor, at: datetime) -> Participant:
    if ErasedParticipant.objects.filter(ids_digest=ids_digest(account_id, user_id), do_not_track=True).exists():
        raise DoNotTrack
    if Participant.objects.filter(account_id=account_id)[:MOST_ON_ACCOUNT].count() == MOST_ON_ACCOUNT:
        raise AccountFull(most=MOST_ON_ACCOUNT)
    profile = ParticipantProfile(**_wanted(Participant(), registration))
    return add_participant(account_id=account_id, user_id=user_id, profile=profile, by=by, at=at)


def _wanted(participant: Participant, registration: Registration) -> dict[str, Any]:
    """Return the values that the participant should have, as far as something was sent."""
    wanted = dict(registration.values)
    if registration.add_segments or registration.remove_segments:
        removed = set(registration.remove_segments)
        together = dict.fromkeys([*participant.segments, *registration.add_segments])
        wanted["segments"] = [segment for segment in together if segment not in removed]
    if registration.custom_fields:
        fields = {**participant.custom_fields, **registration.custom_fields}
        wanted["custom_fields"] = {name: value for name, value in fields.items() if value is not None}
    return wanted


@transaction.atomic
def _change(existing: Participant, registration: Registration, *, by: Actor, at: datetime) -> Participant:
    # Under the lock, so that two calls that each send another part of a profile both have their way.
    participant = Participant.objects.select_for_update(no_key=True).get(pk=existing.pk)
    changes: dict[str, Change] = set_values(participant, _wanted(participant, registration))
    if not changes:
        return participant
    check_values(participant, names=changes)
    participant.updated_at = at
    participant.save(update_fields=[*changes, "updated_at"])
    if FOUND_BY & changes.keys():
        index_participants(participants=[participant])
    audit.record(by=by, action="participant.changed", target=participant, at=at, changes=changes)
    return participant


def _join(participant: Participant, wishes: Mapping[str, str], *, by: Actor, at: datetime) -> dict[str, str]:
    programs = list(Program.objects.filter(status=Program.Status.LIVE).order_by("pk"))
    if unknown := wishes.keys() - {program.key for program in programs}:
        reason = _("There is no live program “%(key)s”.") % {"key": min(unknown)}
        raise InvalidValue(field="referral_codes", label="referralCodes", reason=reason)
    return {
        program.key: join_program(
            participant=participant, program=program, by=by, at=at, code=wishes.get(program.key, "")
        ).code
        for program in programs
    }
