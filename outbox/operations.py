from __future__ import annotations

import hashlib
import logging
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from kombu.exceptions import OperationalError

from outbox.emails import Message
from outbox.models import Email

__all__ = ["Message", "owe_email", "wake_delivery"]

logger = logging.getLogger(__name__)

DELIVER_TASK: Final = "outbox.tasks.deliver_emails"


def owe_email(*, key: str, message: Message, at: datetime) -> bool:
    """
    Record in the caller's transaction that a mail is owed, and return whether it is new.

    ``key`` names the event and the reader, in at most 200 characters; the same key again owes nothing, also from
    another transaction at the same moment. Without a mail server (EMAIL_URL) the mail is only kept for the log.
    """
    status = Email.Status.PENDING if settings.EMAIL_URL else Email.Status.KEPT
    is_new = _insert_once(
        Email(
            key=key,
            name=message.name,
            message_id=_message_id(key),
            to=message.to,
            subject=message.subject,
            text=message.text,
            html=message.html,
            language=message.language,
            status=status,
            next_attempt_at=at,
            created_at=at,
        )
    )
    if is_new and status == Email.Status.PENDING:
        transaction.on_commit(wake_delivery)
    return is_new


def wake_delivery() -> None:
    """Tell a worker that mails are due; when the broker is away the sweep finds them a little later."""
    try:
        current_app.send_task(DELIVER_TASK)
    except (OperationalError, OSError) as error:
        logger.warning("email.wake_failed error=%s", error)


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
