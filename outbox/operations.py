from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from outbox.models import Email


@dataclass(frozen=True, slots=True)
class Message:
    """A mail ready to send, in its reader's language."""

    to: str
    subject: str
    text: str
    html: str
    language: str


def owe_email(*, key: str, message: Message, at: datetime) -> bool:
    """
    Record in the caller's transaction that a mail is owed, and return whether it is new.

    ``key`` names the event and the reader; the same key again owes nothing.
    """
    _, is_new = Email.objects.get_or_create(
        key=key,
        defaults={
            "to": message.to,
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
            "language": message.language,
            "created_at": at,
        },
    )
    return is_new
