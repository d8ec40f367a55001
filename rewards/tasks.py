from __future__ import annotations

import logging

from celery import shared_task

from advocate.lib.clock import now
from rewards.attribution import conversions
from rewards.attribution.wake import WORK_OFF
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


@shared_task(name=WORK_OFF)
def work_off_conversion(conversion_id: int) -> None:
    """Find through whom an order came; woken when one has come in."""
    conversions.work_off_conversion(conversion_id=conversion_id, at=now())


@shared_task
def work_off_waiting() -> None:
    """Look at the orders whose message was lost; the scheduler asks twice a minute."""
    if done := conversions.work_off_waiting(at=now()):
        logger.warning("conversions.worked_off_late count=%s", done)
