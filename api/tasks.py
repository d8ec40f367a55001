from __future__ import annotations

from celery import shared_task

from advocate.lib.clock import now
from api import operations


@shared_task(name="api.tasks.forget_uploads")
def forget_uploads() -> None:
    """Forget old uploads."""
    operations.forget_uploads(at=now())
