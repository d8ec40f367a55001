from __future__ import annotations

import logging
from functools import partial
from typing import Final

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

WORK_OFF: Final = "api.tasks.work_off_submission"


def wake_after_commit(submission_id: int) -> None:
    """Have a worker look at the submission once the caller's transaction is committed."""
    transaction.on_commit(partial(_wake, submission_id))


def _wake(submission_id: int) -> None:
    """Tell the workers; without a broker nothing is lost, as the scheduler has what waits looked at."""
    try:
        current_app.send_task(WORK_OFF, args=[submission_id], retry=False)
    except (KombuError, OSError):
        logger.exception("submission.wake_failed id=%s", submission_id)
