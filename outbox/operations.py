from __future__ import annotations

import hashlib
import logging
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import KombuError

from advocate.lib.db import skip_locked
from advocate.lib.errors import DomainError
from outbox import queries
from outbox.emails import Message, render_email
from outbox.models import Email
from team.audit import Actor, Change, record

__all__ = ["Message", "owe_email", "owe_emails"]

logger = logging.getLogger(__name__)

DELIVER_TASK: Final = "outbox.tasks.deliver_emails"
FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=6)
# One SMTP session has about ten answers to wait for; a worker that is alive is always done before its lease ends.
ANSWERS_IN_A_LEASE: Final = 20
OWED_AT_ONCE: Final = 500


class NoMailServer(DomainError):
    """There is no mail server to send over."""

    code = "no_mail_server"
    message = _("No mail server is set up, so the e-mail stays here. Set EMAIL_URL and restart, then send it.")


class NotWaitingForRetry(DomainError):
    """Only a mail that failed or was kept can be sent again."""

    code = "not_waiting_for_retry"
    message = _("This e-mail is already on its way or sent, so it was not sent again.")


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker's right to send one mail; ``token`` proves it until the lease ends."""

    email: Email
    token: uuid.UUID


def owe_email(*, key: str, message: Message, at: datetime) -> bool:
    """
    Record in the caller's transaction that a mail is owed, and return whether it is new.

    ``key`` names the event and the reader, in at most 200 characters; the same key again owes nothing, also from
    another transaction at the same moment. A key is forgotten with its mail, after EMAILS_KEPT_DAYS.
    Without a mail server (EMAIL_URL) the mail is only kept for the log.
    """
    email = _new_email(key, message, at)
    is_new = _insert_once(email)
    if is_new and email.status == Email.Status.PENDING:
        transaction.on_commit(wake_delivery)
    return is_new


def owe_emails(*, messages: Mapping[str, Message], at: datetime) -> int:
    """Record many mails by their keys, by set statements, each as ``owe_email`` does; return how many there are."""
    emails = [_new_email(key, message, at) for key, message in messages.items()]
    Email.objects.bulk_create(emails, ignore_conflicts=True, batch_size=OWED_AT_ONCE)
    if any(email.status == Email.Status.PENDING for email in emails):
        transaction.on_commit(wake_delivery)
    return len(emails)


def _new_email(key: str, message: Message, at: datetime) -> Email:
    return Email(
        key=key,
        name=message.name,
        message_id=_message_id(key),
        to=message.to,
        subject=message.subject,
        text=message.text,
        html=message.html,
        language=message.language,
        status=Email.Status.PENDING if settings.EMAIL_URL else Email.Status.KEPT,
        next_attempt_at=at,
        created_at=at,
    )


def wake_delivery() -> None:
    """Tell a worker that mails are due; when the broker is away the sweep finds them a little later."""
    try:
        current_app.send_task(DELIVER_TASK, retry=False)
    except (KombuError, OSError) as error:
        logger.warning("email.wake_failed error=%s", error)


def owe_test_email(*, by: Actor, to: str, language: str, time_zone: str, at: datetime) -> None:
    """
    Send a mail that says that mails come through.

    :raises UnusableAddress: if ``to`` is no e-mail address
    """
    message = render_email(
        name="test-mail", to=to, language=language, time_zone=time_zone, context={"requester": by.label}
    )
    owe_email(key=f"test-mail-{uuid.uuid4()}", message=message, at=at)


def claim_email(*, at: datetime) -> Claim | None:
    """
    Take the mail that has waited longest, if one is due, for as long as one sending can last.

    A mail whose worker vanished is due again when its lease has ended.
    """
    # Two questions, because each has its index: with one for both, every claim would sort all that is due.
    return _claim_one_of(queries.abandoned_emails(at=at), at) or _claim_one_of(queries.waiting_emails(at=at), at)


def record_sent(claim: Claim, *, at: datetime) -> bool:
    """Note that the mail server took the mail; False if the lease had passed to another worker."""
    return _end_claim(claim, status=Email.Status.SENT, sent_at=at, last_error="")


def record_failure(claim: Claim, *, reason: str, permanent: bool, at: datetime, rng: Random) -> bool:
    """Note why the mail was not sent and when to try again, if ever; False if the lease had passed on."""
    if permanent or claim.email.attempts >= settings.EMAIL_MAX_ATTEMPTS:
        return _end_claim(claim, status=Email.Status.FAILED, last_error=reason)
    pause = pause_after(attempts=claim.email.attempts, rng=rng)
    return _end_claim(claim, status=Email.Status.PENDING, last_error=reason, next_attempt_at=at + pause)


def pause_after(*, attempts: int, rng: Random) -> timedelta:
    """Return how long to wait after so many attempts: 30 s, doubled each time up to 6 h, a fifth more or less."""
    doublings = min(attempts - 1, 20)
    pause: timedelta = min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)
    return pause * rng.uniform(0.8, 1.2)


def give_up_lost_emails(*, at: datetime) -> int:
    """Fail the mails whose worker vanished in the last attempt allowed, and return how many there were."""
    spent = queries.abandoned_emails(at=at).filter(attempts__gte=settings.EMAIL_MAX_ATTEMPTS)
    return spent.update(
        status=Email.Status.FAILED,
        last_error="The worker stopped while it was sending this, again and again.",
        lease_token=None,
        lease_until=None,
    )


@transaction.atomic
def retry_email(*, email_id: int, by: Actor, at: datetime) -> Email:
    """
    Send a mail that failed, or that was kept while there was no mail server.

    :raises NoMailServer: if there still is none
    :raises NotWaitingForRetry: if it is on its way or sent
    """
    if not settings.EMAIL_URL:
        raise NoMailServer
    email = Email.objects.select_for_update().get(pk=email_id)
    is_waiting = Email.objects.filter(pk=email_id, status__in=queries.RETRYABLE)
    if not is_waiting.update(status=Email.Status.PENDING, attempts=0, next_attempt_at=at, last_error=""):
        raise NotWaitingForRetry
    changes = {"status": Change(before=email.status, after=Email.Status.PENDING)}
    record(by=by, action="email.retried", target=email, at=at, changes=changes)
    transaction.on_commit(wake_delivery)
    return email


def remove_old_emails(*, before: datetime, limit: int) -> int:
    """Delete up to ``limit`` mails made before then, and return how many; call it until there is none."""
    ids = list(queries.emails_made_before(before).values_list("pk", flat=True)[:limit])
    removed, _by_model = Email.objects.filter(pk__in=ids).delete()
    return removed


def _claim_one_of(found: QuerySet[Email], at: datetime) -> Claim | None:
    if not found.exists():  # so that nothing to do takes no lock on SQLite
        return None
    token = uuid.uuid4()
    with transaction.atomic():
        email = skip_locked(found).first()
        if email is None:
            return None
        taken = found.filter(pk=email.pk).update(
            status=Email.Status.SENDING,
            attempts=F("attempts") + 1,
            lease_token=token,
            lease_until=at + timedelta(seconds=settings.EMAIL_TIMEOUT * ANSWERS_IN_A_LEASE),
        )
    email.attempts += 1
    return Claim(email=email, token=token) if taken else None


def _end_claim(claim: Claim, **changes: object) -> bool:
    held = Email.objects.filter(pk=claim.email.pk, status=Email.Status.SENDING, lease_token=claim.token)
    return bool(held.update(lease_token=None, lease_until=None, **changes))


def _insert_once(email: Email) -> bool:
    """Insert the row unless its key is there; unlike ``get_or_create`` it fails no savepoint and needs one query."""
    fields = [field for field in Email._meta.concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    values = [field.get_db_prep_save(getattr(email, field.attname), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(Email._meta.db_table)} ({columns}) VALUES ({places}) ON CONFLICT (key) DO NOTHING",
            values,
        )
        return bool(cursor.rowcount == 1)


def _message_id(key: str) -> str:
    """Return the Message-ID that every attempt at this mail carries, so that mail servers know a repetition."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{urlsplit(settings.BASE_URL).hostname}>"
