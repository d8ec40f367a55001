from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.figures import Figure, counted
from outbox.models import Email
from outbox.queries import links_in


def undelivered(request: HttpRequest, _none: object) -> dict[str, Any]:
    """Return how many mails wait for delivery or were given up; without a mail server, how many are kept."""
    log = reverse("admin:outbox_email_changelist")
    shown = (Email.Status.PENDING, Email.Status.FAILED) if settings.EMAIL_URL else (Email.Status.KEPT,)
    return {
        "title": _("E-mails"),
        "span": "" if settings.EMAIL_URL else _("No mail server is set up: mails are kept in the Email log."),
        "figures": [
            Figure(status.label, counted(Email.objects.filter(status=status)), f"{log}?status__exact={status.value}")
            for status in shown
        ],
    }


def links(request: HttpRequest, email: Email) -> dict[str, Any]:
    """Return what the card with a mail's links needs."""
    return {"links": links_in(email.html), "has_mail_server": bool(settings.EMAIL_URL)}


def body(request: HttpRequest, email: Email) -> dict[str, Any]:
    """Return what a card that shows the mail itself needs beyond the mail."""
    return {}
