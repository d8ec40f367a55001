from __future__ import annotations

import logging

from celery import shared_task

from advocate.lib import clock
from promocodes.operations.readings import take_readings, thin_readings

logger = logging.getLogger(__name__)


@shared_task(name="promocodes.read_stock", ignore_result=True)
def read_stock() -> None:
    """Write down how each pool stands; the scheduler asks each hour."""
    logger.info("stock.read pools=%s", take_readings(at=clock.now()))


@shared_task(name="promocodes.thin_readings", ignore_result=True)
def thin_stock_readings() -> None:
    """Thin the older readings of stocks; the scheduler asks each night."""
    logger.info("stock.thinned readings=%s", thin_readings(at=clock.now()))
