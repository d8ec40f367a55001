"""How participants come into a microsite, and newcomers into its program."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare
from kombu.exceptions import OperationalError

from programs.models import Participant
from programs.operations import AccountFull, CodeTaken, DoNotTrack, InvalidValue, ParticipantExists, Registration
from programs.queries import participant_of
from rewards.attribution import SentCode, create_user, upsert_user
from team import audit
from team.audit import Actor, Change
from team.secrets import digest
from team.throttle import Limit, take_try
from widget.emails import owe_code
from widget.microsite.proofs import (
    CODE_LIFETIME,
    CODE_TRIES,
    code_digest,
    is_genuine,
    new_code,
    read_link,
)
from widget.models import Display, MicrositeSession, SignIn
from widget.operations.errors import CannotJoin, CodeNotValid, LinkNotValid
from widget.queries import participant_to_sign_in

logger = logging.getLogger(__name__)

ASKED: Final = Limit(name="microsite", tries=5, window=timedelta(minutes=15))
TRIED: Final = Limit(name="microsite-code", tries=20, window=timedelta(minutes=15))
ANSWER_TASK: Final = "widget.tasks.answer_sign_ins"
ANSWERED_AT_ONCE: Final = 100
KEPT: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who wants to become an advocate, and the sentence that they agreed to."""

    first_name: str
    last_name: str
    consented_to: str


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that has begun; the token is the browser's alone."""

    token: str
    participant: Participant
    days: int


def ask_for_code(
    *, display: Display, email: str, language: str, address: str, at: datetime, newcomer: Newcomer | None = None
) -> str:
    """
    Note that somebody wants a code for this address, let a worker answer, and return what to show the code with.

    :raises TooManyTries: if too many were asked for by the address or from the caller's
    """
    with transaction.atomic():
        take_try(limit=ASKED, account=email, address=address, at=at)
        wishes = SignIn(first_name="", last_name="")
        if newcomer is not None and display.takes_newcomers:
            wishes = SignIn(
                wants_to_join=True,
                first_name=newcomer.first_name,
                last_name=newcomer.last_name,
                consented_to=newcomer.consented_to,
            )
        wishes.public_id = secrets.token_hex(16)
        wishes.display, wishes.email, wishes.language, wishes.asked_at = display, email.strip(), language, at
        wishes.save(force_insert=True)
        transaction.on_commit(_wake_answers)
    return wishes.public_id


def answer_sign_ins(*, at: datetime, limit: int = ANSWERED_AT_ONCE) -> int:
    """Mail a code to each who may come in, and return how many had asked."""
    waiting = SignIn.objects.filter(answered_at__isnull=True).select_related("display__program").order_by("pk")
    found = list(waiting[:limit])
    for sign_in in found:
        _answer(sign_in, at=at)
    return len(found)


def enter_by_code(
    *, display: Display, public_id: str, code: str, touches: Sequence[SentCode], address: str, at: datetime
) -> Entered:
    """
    Let somebody in by the code that they were mailed, once, and return their session.

    :raises TooManyTries: if too many were tried from the caller's address
    :raises CodeNotValid: if it is wrong, used, too old, or was tried too often
    :raises CannotJoin: if a newcomer cannot be registered
    """
    take_try(limit=TRIED, account=public_id, address=address, at=at)
    # Counted before it is looked at: however many come at once, no more than the limit learn anything.
    open_ones = SignIn.objects.filter(
        public_id=public_id,
        display=display,
        used_at__isnull=True,
        asked_at__gt=at - CODE_LIFETIME,
        tries__lt=CODE_TRIES,
    )
    if not open_ones.update(tries=F("tries") + 1):
        raise CodeNotValid
    sign_in = SignIn.objects.select_related("participant").get(public_id=public_id)
    if not sign_in.code_digest or not constant_time_compare(
        code_digest(code.strip(), public_id=public_id), sign_in.code_digest
    ):
        raise CodeNotValid
    with transaction.atomic():
        if not SignIn.objects.filter(pk=sign_in.pk, used_at__isnull=True).update(used_at=at):
            raise CodeNotValid
        participant = _participant(display, sign_in, touches, at=at)
        return _enter(display, participant, touches, at=at)


def enter_by_link(*, display: Display, token: str, touches: Sequence[SentCode], at: datetime) -> Entered:
    """
    Let a participant in by a signed link, and return their session.

    :raises LinkNotValid: if it is not theirs, not for this microsite, or too old
    """
    participant = participant_of_link(display=display, token=token, at=at)
    with transaction.atomic():
        return _enter(display, participant, touches, at=at)


def participant_of_link(*, display: Display, token: str, at: datetime) -> Participant:
    """
    Return whom a signed link is for.

    :raises LinkNotValid: if it is not theirs, not for this microsite, or too old
    """
    claim = read_link(token)
    participant = Participant.objects.filter(pk=claim.participant_id).first() if claim else None
    if claim is None or participant is None:
        raise LinkNotValid
    if not is_genuine(claim, display=display, participant=participant, at=at):
        raise LinkNotValid
    return participant


def enter_as_signed_user(
    *,
    display: Display,
    account_id: str,
    user_id: str,
    registration: Registration | None,
    touches: Sequence[SentCode],
    by: Actor,
    at: datetime,
) -> Entered:
    """
    Let in whom a shop has signed, registered with what it says of them, and return their session.

    Without a ``registration`` the shop only names them, and they must be a participant already.

    :raises LinkNotValid: if they are named only, and nobody is called so
    :raises CannotJoin: if they cannot be registered
    """
    ids = {"account_id": account_id, "user_id": user_id}
    if registration is None:
        with transaction.atomic():
            participant = participant_of(**ids)
            if participant is None:
                raise LinkNotValid
            return _enter(display, participant, touches, at=at)
    try:
        user = upsert_user(**ids, registration=registration, touches=touches, by=by, at=at)
    except (AccountFull, CodeTaken, DoNotTrack, InvalidValue) as error:
        logger.warning("microsite.cannot_join microsite=%s reason=%s", display.slug, error.code)
        raise CannotJoin from error
    return _begin_session(display, user.participant, at=at)


def leave(*, token: str) -> None:
    """End a session; one that has ended stays so."""
    MicrositeSession.objects.filter(token_digest=digest(token)).delete()


def forget_old_sign_ins(*, at: datetime) -> int:
    """Delete what nobody can use any more, and return how many rows that were."""
    asked = SignIn.objects.filter(asked_at__lt=at - KEPT).delete()[0]
    return asked + MicrositeSession.objects.filter(ends_at__lt=at).delete()[0]


@transaction.atomic
def _answer(sign_in: SignIn, *, at: datetime) -> None:
    if not SignIn.objects.filter(pk=sign_in.pk, answered_at__isnull=True).update(answered_at=at):
        return  # another worker has it
    found = participant_to_sign_in(email=sign_in.email, program_id=sign_in.display.program_id)
    if found is None and not sign_in.wants_to_join:
        return
    code = new_code()
    kept = code_digest(code, public_id=sign_in.public_id)
    SignIn.objects.filter(pk=sign_in.pk).update(participant=found, code_digest=kept)
    owe_code(sign_in=sign_in, code=code, at=at)


def _participant(display: Display, sign_in: SignIn, touches: Sequence[SentCode], *, at: datetime) -> Participant:
    if sign_in.participant is not None:
        return sign_in.participant
    found = participant_to_sign_in(email=sign_in.email, program_id=display.program_id)
    return found or _register(display, sign_in, touches, at=at)


def _register(display: Display, sign_in: SignIn, touches: Sequence[SentCode], *, at: datetime) -> Participant:
    """Make a newcomer a participant, whose proven address is their id as well."""
    names = {"first_name": sign_in.first_name, "last_name": sign_in.last_name}
    values = {**names, "email": sign_in.email, "locale": sign_in.language.replace("-", "_")}
    ids, by = {"account_id": sign_in.email, "user_id": sign_in.email}, _actor(display)
    try:
        registered = create_user(**ids, registration=Registration(values=values), touches=touches, by=by, at=at)
    except (ParticipantExists, DoNotTrack, InvalidValue) as error:
        logger.warning("microsite.cannot_join sign_in=%s reason=%s", sign_in.pk, error.code)
        raise CannotJoin from error
    changes = {"consent": Change(None, sign_in.consented_to)}
    audit.record(by=by, action="participant.consented", target=registered.participant, at=at, changes=changes)
    return registered.participant


def _enter(display: Display, participant: Participant, touches: Sequence[SentCode], *, at: datetime) -> Entered:
    """Begin a session of an advocate of the program; who is blocked gets one, too, to be told so."""
    if not participant.is_blocked:
        ids = {"account_id": participant.account_id, "user_id": participant.user_id}
        upsert_user(**ids, registration=Registration(), touches=touches, by=_actor(display), at=at)
    return _begin_session(display, participant, at=at)


def _begin_session(display: Display, participant: Participant, *, at: datetime) -> Entered:
    token = secrets.token_urlsafe(32)
    days = settings.MICROSITE_SESSION_DAYS
    ends_at = at + timedelta(days=days)
    MicrositeSession.objects.create(
        token_digest=digest(token), display=display, participant=participant, started_at=at, ends_at=ends_at
    )
    return Entered(token, participant, days)


def _actor(display: Display) -> Actor:
    return Actor(label=f"microsite {display.slug}")


def _wake_answers() -> None:
    try:
        current_app.send_task(ANSWER_TASK, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("microsite.wake_failed error=%s", error)
