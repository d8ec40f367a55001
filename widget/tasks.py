from __future__ import annotations

from celery import shared_task

from advocate.lib.clock import now
from widget import operations


@shared_task
def answer_sign_ins() -> None:
    """Mail the codes that were asked for; woken by each request and by the scheduler, which finds what was left."""
    operations.answer_sign_ins(at=now())


@shared_task
def forget_old_sign_ins() -> None:
    """Delete requests that are over and sessions that have ended."""
    operations.forget_old_sign_ins(at=now())
