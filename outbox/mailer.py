"""The network side of the outbox: no table is touched here."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)
from types import TracebackType
from typing import Any, Final, Self

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

logger = logging.getLogger(__name__)

# "Log in first" and "wrong password" are about our settings, not about this mail: worth another try once corrected.
LOGIN_CODES: Final = frozenset({530, 534, 535, 538})
ERROR_LENGTH: Final = 1000


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """A mail as it goes over the wire; every attempt at it carries the same ``message_id``."""

    to: str
    subject: str
    text: str
    html: str
    language: str
    message_id: str


class NotSent(Exception):
    """
    The mail did not go out.

    ``permanent`` means that trying again is useless; ``server_away`` that other mails would fare the same now.
    """

    def __init__(self, reason: str, *, permanent: bool, server_away: bool) -> None:
        super().__init__(reason)
        self.reason = reason[:ERROR_LENGTH]
        self.permanent = permanent
        self.server_away = server_away


class Mailer:
    """Sends mails one after the other over one connection, opened with the first and reopened after a failure."""

    def __init__(self) -> None:
        self._connection: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, mail: OutgoingMail) -> None:
        """
        Hand the mail to the mail server, each of whose answers may take EMAIL_TIMEOUT seconds.

        :raises NotSent: if the server did not take it
        """
        try:
            self._connect().send_messages([_wire_format(mail)])
        except Exception as error:
            self.close()
            raise _explained(error) from error

    def close(self) -> None:
        """End the connection; what the server thinks of that changes nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(SMTPException, OSError):
                connection.close()

    def _connect(self) -> Any:
        if self._connection is None:
            connection = get_connection(timeout=settings.EMAIL_TIMEOUT)
            try:
                connection.open()
            except (SMTPException, OSError) as error:
                raise NotSent(_reason(error), permanent=False, server_away=True) from error
            self._connection = connection
        return self._connection


def _wire_format(mail: OutgoingMail) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        to=[mail.to],
        headers={
            "Message-ID": mail.message_id,
            "Content-Language": mail.language,
            # Keeps holiday replies away (RFC 3834, and Exchange's own way of saying it).
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )
    message.attach_alternative(mail.html, "text/html")
    return message


def _explained(error: Exception) -> NotSent:
    """Tell a refusal of this mail from a server that is away; both may be for now or for good."""
    if isinstance(error, NotSent):
        return error
    if isinstance(error, SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        return NotSent(_answer(code, answer), permanent=_is_final(code), server_away=False)
    if isinstance(error, SMTPSenderRefused | SMTPDataError):
        return NotSent(_reason(error), permanent=_is_final(error.smtp_code), server_away=False)
    if isinstance(error, SMTPException | OSError):
        return NotSent(_reason(error), permanent=False, server_away=True)
    # A mail that cannot be put on the wire at all, such as one with a broken header, never will be.
    logger.error("email.unsendable", exc_info=error)
    return NotSent(_reason(error), permanent=True, server_away=False)


def _is_final(code: int) -> bool:
    return 500 <= code < 600 and code not in LOGIN_CODES


def _reason(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    if isinstance(error, SMTPServerDisconnected | OSError):
        return f"The mail server could not be reached or did not answer: {error}"
    return f"{type(error).__name__}: {error}"


def _answer(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return f"{code} {text}".strip()
