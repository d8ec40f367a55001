from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from celery import current_app
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from advocate.lib.errors import DomainError
from team import links
from team.audit import Actor, Change, record
from team.emails import owe_password_changed, owe_password_reset
from team.models import PasswordResetRequest, User
from team.queries import members_who_can_log_in
from team.throttle import PASSWORD_RESET, TooManyTries, take_try

logger = logging.getLogger(__name__)

ANSWER_TASK: Final = "team.tasks.answer_password_resets"
ANSWERED_AT_ONCE: Final = 100


class LinkNotValid(DomainError):
    """The link is used, too old, or not the member's."""

    code = "link_not_valid"
    message = _("This link has been used or is too old. Ask for a new one.")


def accept_invitation(*, member: User, token: str, name: str, password: str, at: datetime) -> User:
    """
    Let an invited member in with the name and password they chose.

    :raises LinkNotValid: if the link is used, too old or not theirs
    """
    if not links.INVITATION.check_token(member, token, at):
        raise LinkNotValid
    hashed = make_password(password)  # takes its time: before the transaction
    with transaction.atomic():
        waiting = User.objects.filter(pk=member.pk, is_active=True, joined_at=None, invited_at=member.invited_at)
        if not waiting.update(name=name, password=hashed, joined_at=at):
            raise LinkNotValid
        changes = {"name": Change(member.name, name)} if name != member.name else {}
        record(by=Actor.of(member), action="member.joined", target=member, at=at, changes=changes)
    member.refresh_from_db()
    return member


def request_password_reset(*, email: str, language: str, address: str, at: datetime) -> None:
    """
    Note that somebody wants a link for this address, and let a worker answer it.

    Who asks learns nothing, not by the answer and not by the time it takes: the same is done for every address, and
    too many requests are dropped in silence.
    """
    try:
        with transaction.atomic():
            take_try(limit=PASSWORD_RESET, account=email, address=address, at=at)
            PasswordResetRequest.objects.create(email=email.strip().lower(), language=language, requested_at=at)
            transaction.on_commit(_wake_answers)
    except TooManyTries:
        logger.warning("password_reset.throttled address=%s", address)


def answer_password_resets(*, at: datetime, limit: int = ANSWERED_AT_ONCE) -> int:
    """Mail a link for each request whose address is an active member's, and return how many requests there were."""
    requests = list(PasswordResetRequest.objects.order_by("pk")[:limit])
    for request in requests:
        _answer(request, at=at)
    return len(requests)


def reset_password(*, member: User, token: str, password: str, at: datetime) -> None:
    """
    Set the password that a member chose under the link they were mailed; all their sessions end.

    :raises LinkNotValid: if the link is used, too old or not theirs
    """
    if not links.PASSWORD_RESET.check_token(member, token, at):
        raise LinkNotValid
    hashed = make_password(password)
    with transaction.atomic():
        # The old hash in the condition makes the link work once, also for two clicks at the same moment.
        if not User.objects.filter(pk=member.pk, is_active=True, password=member.password).update(password=hashed):
            raise LinkNotValid
        record(by=Actor.of(member), action="member.password_reset", target=member, at=at)
        owe_password_changed(member=member, at=at)
    member.refresh_from_db()


@transaction.atomic
def _answer(request: PasswordResetRequest, *, at: datetime) -> None:
    if not PasswordResetRequest.objects.filter(pk=request.pk).delete()[0]:
        return  # another worker has it
    member = members_who_can_log_in().filter(email=request.email).first()
    if member is not None:
        owe_password_reset(member=member, request_id=request.pk, language=request.language, at=at)


def _wake_answers() -> None:
    try:
        current_app.send_task(ANSWER_TASK, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("password_reset.wake_failed error=%s", error)
