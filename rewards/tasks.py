from __future__ import annotations

import logging

from celery import shared_task

from advocate.lib.clock import now
from rewards.imports import LEDGER_TYPES
from rewards.operations import expire_rewards, release_scheduled_rewards, report_differences
from rewards.reconciliation import find_differences

logger = logging.getLogger(__name__)


@shared_task
def release_scheduled() -> None:
    """Make the rewards available whose day has come; the scheduler asks each minute."""
    if released := release_scheduled_rewards(at=now()):
        logger.info("rewards.released count=%s", released)


@shared_task
def expire() -> None:
    """Mark the rewards whose date has passed; the scheduler asks each minute."""
    if expired := expire_rewards(at=now()):
        logger.info("rewards.expired count=%s", expired)


@shared_task
def reconcile() -> None:
    """Prove the ledger and mail what does not agree; the scheduler asks each night."""
    differences = find_differences(types=LEDGER_TYPES)
    logger.info("rewards.reconciled differences=%s", len(differences))
    if differences:
        report_differences(differences=differences, at=now())
