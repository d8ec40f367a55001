from __future__ import annotations

import logging
from functools import partial
from typing import Final

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

WORK_OFF: Final = "rewards.tasks.work_off_conversion"


def wake_after_commit(conversion_id: int) -> None:
    """Have a worker look at the conversion once the caller's transaction is committed."""
    transaction.on_commit(partial(wake_worker, conversion_id))


def wake_worker(conversion_id: int) -> None:
    """
    Tell the workers that a conversion waits.

    Without a broker nothing is lost: the row waits, and the scheduler has what waits looked at.
    """
    try:
        current_app.send_task(WORK_OFF, args=[conversion_id], retry=False)
    except (KombuError, OSError):
        logger.exception("conversion.wake_failed id=%s", conversion_id)
