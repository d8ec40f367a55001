from __future__ import annotations

from celery import shared_task

from advocate.lib.clock import now
from team import operations, throttle


@shared_task
def answer_password_resets() -> None:
    """Mail the links that were asked for; woken by each request and by the scheduler, which finds what was left."""
    operations.answer_password_resets(at=now())


@shared_task
def forget_old_tries() -> None:
    """Delete the tries that no limit counts any more."""
    throttle.forget_old_tries(at=now())
