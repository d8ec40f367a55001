"""Where this room's mails go. The outbox lies above and connects itself, so that this room need not know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to render from ``templates/emails/<name>…`` in its reader's language; ``key`` names the event."""

    key: str
    name: str
    to: str
    language: str
    time_zone: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)


class Postbox(Protocol):
    """Whoever owes a mail in the caller's transaction, once for each key."""

    def __call__(self, mail: Mail, *, at: datetime) -> object:
        """Take the mail."""


@dataclass(slots=True)
class _Connection:
    postbox: Postbox | None = None


_connection = _Connection()


def connect(postbox: Postbox) -> None:
    """Say who takes the mails; for ``AppConfig.ready``."""
    _connection.postbox = postbox


def owe(mail: Mail, *, at: datetime) -> None:
    """
    Hand a mail over.

    :raises RuntimeError: if nobody takes mails: losing one silently would be worse
    """
    if _connection.postbox is None:
        raise RuntimeError("No postbox is connected: is the outbox app installed?")
    _connection.postbox(mail, at=at)
