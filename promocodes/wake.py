from __future__ import annotations

import logging
from functools import partial
from typing import Final

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

SERVE: Final = "promocodes.serve_waiting"
CHECK: Final = "promocodes.check_stock"


def wake_after_commit(task: str, pool_id: int) -> None:
    """Have a worker look at the pool once the caller's transaction is committed."""
    transaction.on_commit(partial(wake_worker, task, pool_id))


def wake_worker(task: str, pool_id: int) -> None:
    """
    Tell the workers that a pool needs one.

    Without a broker nothing is lost: each minute the scheduler has every pool looked at.
    """
    try:
        current_app.send_task(task, args=[pool_id], retry=False)
    except (KombuError, OSError):
        logger.exception("codes.wake_failed task=%s pool=%s", task, pool_id)
