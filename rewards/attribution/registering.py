"""Registering a user as shops and widgets do: the participant, their codes, and through whom they came, in one go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction

from advocate.lib.db import retry_deadlocks
from programs.models import Participant
from programs.operations import Registered, Registration, create_participant, upsert_participant
from programs.queries import HeldCode, codes_of_live_programs, codes_that_referred, participant_of
from rewards.attribution.attributing import attribute, look_at
from rewards.attribution.outcomes import Outcome, SentCode
from rewards.attribution.resolving import folded
from team.audit import Actor


@dataclass(frozen=True, slots=True)
class RegisteredUser:
    """
    A participant as they are then.

    ``codes`` are theirs in each live program by its key; ``referred_by`` are the codes that they came by, newest first;
    ``outcomes`` say what came of the codes sent where that is new.
    """

    participant: Participant
    codes: Mapping[str, HeldCode]
    referred_by: Sequence[str]
    outcomes: Sequence[Outcome] = ()
    is_new: bool = False


def user_of(participant: Participant) -> RegisteredUser:
    """Return what there is of a participant."""
    return RegisteredUser(participant, codes_of_live_programs(participant), codes_that_referred(participant))


def create_user(
    *,
    account_id: str,
    user_id: str,
    registration: Registration,
    touches: Sequence[SentCode] = (),
    by: Actor,
    at: datetime,
) -> RegisteredUser:
    """
    Register a new participant and attribute them.

    :raises ParticipantExists: if the ids are taken
    :raises DoNotTrack: if they were deleted for good
    :raises AccountFull: if the account has too many users
    :raises InvalidValue: if a value is not one
    :raises CodeTaken: if a code wished for is taken
    """
    register = partial(
        create_participant, account_id=account_id, user_id=user_id, registration=registration, by=by, at=at
    )
    return _with_attribution(register, touches, by=by, at=at)


def upsert_user(
    *,
    account_id: str,
    user_id: str,
    registration: Registration,
    touches: Sequence[SentCode] = (),
    by: Actor,
    at: datetime,
) -> RegisteredUser:
    """
    Register a participant, or change what differs of one, and attribute them; a repeated call writes nothing.

    :raises DoNotTrack: if they were deleted for good
    :raises AccountFull: if the account has too many users
    :raises InvalidValue: if a value is not one
    :raises CodeTaken: if a code wished for is taken
    """
    register = partial(
        upsert_participant, account_id=account_id, user_id=user_id, registration=registration, by=by, at=at
    )
    existing = participant_of(account_id=account_id, user_id=user_id)
    if existing is None:
        return _with_attribution(register, touches, by=by, at=at)
    referred_by = codes_that_referred(existing)
    settled = {folded(code) for code in referred_by}
    new = [sent for sent in touches if folded(sent.text) not in settled]
    if new and _may_tell_more(existing, registration, new, at):
        return _with_attribution(register, new, by=by, at=at)
    registered = register(existing=existing)
    return RegisteredUser(registered.participant, registered.codes, referred_by)


def _may_tell_more(
    existing: Participant, registration: Registration, touches: Sequence[SentCode], at: datetime
) -> bool:
    """Say whether the codes sent come to anything new; nothing is locked for what a page sends each time."""
    becomes_referable = registration.values.get("referable", existing.referable) != existing.referable
    return becomes_referable or look_at(existing, touches, at=at).has_news


def _with_attribution(
    register: Callable[[], Registered], touches: Sequence[SentCode], *, by: Actor, at: datetime
) -> RegisteredUser:
    """Register and attribute in one transaction: nobody is there without the one who sent them."""

    def work() -> RegisteredUser:
        with transaction.atomic():
            registered = register()
            friend = registered.participant
            outcomes = attribute(friend=friend, touches=touches, sent_by=by.label, at=at)
            is_referred = any(outcome.is_settled for outcome in outcomes) or not registered.is_new
            referred_by = codes_that_referred(friend) if is_referred else []
            return RegisteredUser(friend, registered.codes, referred_by, outcomes, registered.is_new)

    return retry_deadlocks(work)
