from __future__ import annotations

from datetime import timedelta
from random import SystemRandom
from typing import Final

from celery import shared_task
from django.conf import settings

from advocate.lib.clock import now
from advocate.lib.db import leave_gap
from outbox import operations
from outbox.delivery import deliver_due_emails
from outbox.mailer import Mailer

MAILS_IN_A_RUN: Final = 200
REMOVED_AT_ONCE: Final = 500


@shared_task
def deliver_emails() -> None:
    """Send what is due; run by each new mail and by the scheduler, which finds what was left."""
    if not settings.EMAIL_URL:
        return
    with Mailer() as mailer:
        delivery = deliver_due_emails(mailer=mailer, clock=now, rng=SystemRandom(), limit=MAILS_IN_A_RUN)
    if delivery.more_due:
        operations.wake_delivery()


@shared_task
def remove_old_emails() -> None:
    """Delete the mails older than EMAILS_KEPT_DAYS, in short transactions."""
    before = now() - timedelta(days=settings.EMAILS_KEPT_DAYS)
    while operations.remove_old_emails(before=before, limit=REMOVED_AT_ONCE):
        leave_gap()
