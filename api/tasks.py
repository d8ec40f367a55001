from __future__ import annotations

import logging

from celery import shared_task

from advocate.lib.clock import now
from api import operations
from api.wake import WORK_OFF

logger = logging.getLogger(__name__)


@shared_task(name="api.tasks.forget_uploads")
def forget_uploads() -> None:
    """Forget old uploads, and what shops sent of their customers."""
    operations.forget_uploads(at=now())
    operations.forget_payloads(at=now())


@shared_task(name=WORK_OFF)
def work_off_submission(submission_id: int) -> None:
    """Work off a submission; woken when one has come in."""
    operations.work_off_submission(submission_id=submission_id, at=now())


@shared_task(name="api.tasks.work_off_waiting")
def work_off_waiting() -> None:
    """Work off the submissions whose message was lost; the scheduler asks twice a minute."""
    if done := operations.work_off_waiting(at=now()):
        logger.warning("submissions.worked_off_late count=%s", done)
