"""Registering a participant as shops do: made or changed in what was sent, and an advocate of every live program."""

from __future__ import annotations

import json
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
from programs.queries import HeldCode, codes_of_live_programs, participant_of
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

    ``custom_fields`` sets some of their own fields, ``None`` removes one. ``custom_texts`` does so
    where only text can be told, as in a file: what reads like the number or yes and no that is there changes nothing.
    ``codes`` wishes for a code in a program, by its key; who has joined already keeps theirs.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    add_segments: Sequence[str] = ()
    remove_segments: Sequence[str] = ()
    custom_fields: Mapping[str, Any] = field(default_factory=dict)
    custom_texts: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Registered:
    """The participant as they are then, with their primary code and share link in each live program by its key."""

    participant: Participant
    codes: Mapping[str, HeldCode]
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
    *,
    account_id: str,
    user_id: str,
    registration: Registration,
    by: Actor,
    at: datetime,
    existing: Participant | None = None,
) -> Registered:
    """
    Register a participant, or change what differs of one; a repeated call writes nothing.

    ``existing`` is who has the ids, for a caller who has looked already.

    :raises DoNotTrack: if they were deleted for good
    :raises AccountFull: if the account has too many users
    :raises InvalidValue: if a value is not one
    :raises CodeTaken: if a code wished for is taken
    """
    existing = existing or participant_of(account_id=account_id, user_id=user_id)
    if existing is None:
        try:
            return create_participant(account_id=account_id, user_id=user_id, registration=registration, by=by, at=at)
        except ParticipantExists:  # another call was quicker; now this one changes what differs
            existing = Participant.objects.get(account_id=account_id, user_id=user_id)
    if set_values(existing, wanted_values(existing, registration)):
        existing = _change(existing, registration, by=by, at=at)
    codes = codes_of_live_programs(existing)
    if not all(code.is_whole for code in codes.values()):
        with transaction.atomic():
            codes = _join(existing, registration.codes, by=by, at=at)
    return Registered(existing, codes, is_new=False)


def _add(account_id: str, user_id: str, registration: Registration, *, by: Actor, at: datetime) -> Participant:
    if ErasedParticipant.objects.filter(ids_digest=ids_digest(account_id, user_id), do_not_track=True).exists():
        raise DoNotTrack
    if Participant.objects.filter(account_id=account_id)[:MOST_ON_ACCOUNT].count() == MOST_ON_ACCOUNT:
        raise AccountFull(most=MOST_ON_ACCOUNT)
    profile = ParticipantProfile(**wanted_values(Participant(), registration))
    return add_participant(account_id=account_id, user_id=user_id, profile=profile, by=by, at=at)


def wanted_values(participant: Participant, registration: Registration) -> dict[str, Any]:
    """Return the values that the participant should have, as far as something was sent."""
    wanted = dict(registration.values)
    if registration.add_segments or registration.remove_segments:
        removed = set(registration.remove_segments)
        together = dict.fromkeys([*participant.segments, *registration.add_segments])
        wanted["segments"] = [segment for segment in together if segment not in removed]
    if registration.custom_fields or registration.custom_texts:
        now = participant.custom_fields
        texts = {name: text for name, text in registration.custom_texts.items() if not _reads_like(now.get(name), text)}
        fields = {**now, **registration.custom_fields, **texts}
        wanted["custom_fields"] = {name: value for name, value in fields.items() if value is not None}
    return wanted


def _reads_like(value: Any, text: str) -> bool:
    """Say whether a text is what a report tells of a value; databases write JSON in orders and spaces of their own."""
    if value is None or isinstance(value, str):
        return bool(value == text)
    try:
        return _in_order(json.loads(text)) == _in_order(value)
    except (ValueError, RecursionError):
        return False


def _in_order(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@transaction.atomic
def _change(existing: Participant, registration: Registration, *, by: Actor, at: datetime) -> Participant:
    # Under the lock, so that two calls that each send another part of a profile both have their way.
    participant = Participant.objects.select_for_update(no_key=True).get(pk=existing.pk)
    changes: dict[str, Change] = set_values(participant, wanted_values(participant, registration))
    if not changes:
        return participant
    check_values(participant, names=changes)
    participant.updated_at = at
    participant.save(update_fields=[*changes, "updated_at"])
    if FOUND_BY & changes.keys():
        index_participants(participants=[participant])
    audit.record(by=by, action="participant.changed", target=participant, at=at, changes=changes)
    return participant


def no_such_program(key: str) -> InvalidValue:
    """Return the refusal of a code wished for in a program that is not there, or not live."""
    reason = _("There is no live program “%(key)s”.") % {"key": key}
    return InvalidValue(field="referral_codes", label="referralCodes", reason=reason)


def _join(participant: Participant, wishes: Mapping[str, str], *, by: Actor, at: datetime) -> dict[str, HeldCode]:
    programs = list(Program.objects.filter(status=Program.Status.LIVE).order_by("pk"))
    if unknown := wishes.keys() - {program.key for program in programs}:
        raise no_such_program(min(unknown))
    for program in programs:
        join_program(participant=participant, program=program, by=by, at=at, code=wishes.get(program.key, ""))
    return codes_of_live_programs(participant)
