from __future__ import annotations

from datetime import datetime
from html.parser import HTMLParser
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models import QuerySet
from django.db.models.functions import Lower

from outbox.models import Email

RETRYABLE: Final = (Email.Status.FAILED, Email.Status.KEPT)
MOST_SEARCHED: Final = 20_000


def waiting_emails(*, at: datetime) -> QuerySet[Email]:
    """Return the mails whose next attempt is due, the longest waiting first."""
    return Email.objects.filter(status=Email.Status.PENDING, next_attempt_at__lte=at).order_by("next_attempt_at", "id")


def abandoned_emails(*, at: datetime) -> QuerySet[Email]:
    """Return the mails whose worker vanished while it was sending them: their lease has ended."""
    return Email.objects.filter(status=Email.Status.SENDING, lease_until__lt=at).order_by("lease_until")


def emails_made_before(instant: datetime) -> QuerySet[Email]:
    """Return the mails older than that, oldest first, but none that a worker is sending."""
    return Email.objects.filter(created_at__lt=instant).exclude(status=Email.Status.SENDING).order_by("created_at")


def is_address(words: str) -> bool:
    """Say whether what a person typed is a whole e-mail address."""
    try:
        EmailValidator()(words.strip())
    except ValidationError:
        return False
    return True


def to_address(emails: QuerySet[Email], address: str) -> QuerySet[Email]:
    """Return those of the mails that went to the address, whatever its case."""
    return emails.alias(to_lower=Lower("to")).filter(to_lower=address.strip().lower())


def oldest_searched() -> datetime | None:
    """Return when the oldest of the mails was written that are searched for parts of a text; None says all of them."""
    newest = Email.objects.order_by("-created_at", "-id").values_list("created_at", flat=True)
    return next(iter(newest[MOST_SEARCHED : MOST_SEARCHED + 1]), None)


def links_in(html: str) -> list[str]:
    """Return the web addresses that a mail links to, each once, in their order."""
    collector = _LinkCollector()
    collector.feed(html)
    return list(dict.fromkeys(collector.links))


class _LinkCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        address = dict(attrs).get("href") or ""
        if tag == "a" and address.startswith(("http://", "https://")):
            self.links.append(address)
