from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from outbox.models import Email
from outbox.queries import links_in


def links(request: HttpRequest, email: Email) -> dict[str, Any]:
    """Return what the card with a mail's links needs."""
    return {"links": links_in(email.html), "has_mail_server": bool(settings.EMAIL_URL)}


def body(request: HttpRequest, email: Email) -> dict[str, Any]:
    """Return what a card that shows the mail itself needs beyond the mail."""
    return {}
