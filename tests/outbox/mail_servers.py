"""Real mail servers that behave, refuse, hang or hang up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

Answer = Callable[[int, str], str]


class Inbox:
    """Keeps what a server took; ``answer`` decides on each try by its number (from 1) and its recipient."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.tries = 0
        self.sessions: set[int] = set()
        self.recipients: list[list[str]] = []
        self.messages: list[EmailMessage] = []

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.tries += 1
        self.sessions.add(id(session))
        answer = self.answer(self.tries, envelope.rcpt_tos[0])
        if answer.startswith("250"):
            self.recipients.append(envelope.rcpt_tos)
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.messages.append(message)
        return answer


@contextmanager
def mail_server(settings: Any, answer: Answer = lambda _number, _to: "250 OK") -> Iterator[Inbox]:
    """Start a mail server and send all mail there."""
    inbox = Inbox(answer)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    use_server(settings, port)
    try:
        yield inbox
    finally:
        controller.stop()


@contextmanager
def raw_server(settings: Any, behave: Callable[[socket.socket], None], timeout: int = 20) -> Iterator[None]:
    """Listen on a port and let ``behave`` do what it likes with each caller."""
    listener = socket.create_server(("127.0.0.1", 0))
    use_server(settings, listener.getsockname()[1], timeout)

    def serve() -> None:
        while True:
            try:
                caller, _address = listener.accept()
            except OSError:
                return
            behave(caller)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.close()


def use_server(settings: Any, port: int, timeout: int = 20) -> None:
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = timeout
