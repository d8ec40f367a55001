from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

DEFAULT_PORTS: Final = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
_EXAMPLE: Final = "EMAIL_URL must be like smtp+tls://user:password@mail.example.com:587"


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server and how to talk to it; ``starttls`` begins in plain text, ``tls`` is encrypted from the start."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


def read_mail_server(url: str) -> MailServer | None:
    """
    Return the mail server that ``url`` names, or None for a blank one.

    A user or password with special characters is percent-encoded. No message repeats the password.

    :raises ImproperlyConfigured: if it is not the address of a mail server
    """
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS:
        known = ", ".join(f"{scheme}://" for scheme in DEFAULT_PORTS)
        raise ImproperlyConfigured(f"{_EXAMPLE}; it begins with one of {known}, not {parts.scheme!r}.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ImproperlyConfigured(
            f"{_EXAMPLE}, with nothing after the port. In a user name or password write / ? # % as %2F %3F %23 %25."
        )
    try:
        port = parts.port or DEFAULT_PORTS[parts.scheme]
    except ValueError:
        raise ImproperlyConfigured(f"{_EXAMPLE}; the port must be a number from 1 to 65535.") from None
    if not parts.hostname:
        raise ImproperlyConfigured(f"{_EXAMPLE}; the host is missing.")
    if bool(parts.username) != bool(parts.password):
        raise ImproperlyConfigured(f"{_EXAMPLE}; give user and password, or neither.")
    return MailServer(
        host=parts.hostname,
        port=port,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp+tls",
        tls=parts.scheme == "smtps",
    )
