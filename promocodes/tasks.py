from __future__ import annotations

import logging

from celery import shared_task

from advocate.lib import clock
from promocodes import operations
from promocodes.models import CodePool
from promocodes.operations.readings import take_reading_when_changed, take_readings, thin_readings
from promocodes.wake import CHECK, SERVE

logger = logging.getLogger(__name__)


@shared_task(name="promocodes.read_stock", ignore_result=True)
def read_stock() -> None:
    """Write down how each pool stands; the scheduler asks every five minutes."""
    logger.info("stock.read pools=%s", take_readings(at=clock.now()))


@shared_task(name="promocodes.thin_readings", ignore_result=True)
def thin_stock_readings() -> None:
    """Thin the older readings of stocks; the scheduler asks each night."""
    logger.info("stock.thinned readings=%s", thin_readings(at=clock.now()))


@shared_task(name=SERVE, ignore_result=True)
def serve_waiting(pool_id: int) -> None:
    """Serve a pool's queue and write down how it stands then; woken when codes arrive, or a program's are given."""
    _serve(CodePool.objects.get(pk=pool_id))
    take_reading_when_changed(pool_id=pool_id, at=clock.now())


@shared_task(name=CHECK, ignore_result=True)
def check_stock(pool_id: int) -> None:
    """Look at a pool's stock and write down how it stands; woken by a withdrawal, or where it was found low."""
    operations.check_stock(pool=CodePool.objects.get(pk=pool_id), at=clock.now())
    take_reading_when_changed(pool_id=pool_id, at=clock.now())


@shared_task(name="promocodes.look_after_pools", ignore_result=True)
def look_after_pools() -> None:
    """Serve and check every pool, should a message have been lost; the scheduler asks each minute."""
    for pool in CodePool.objects.filter(switched_on_at__isnull=False):
        _serve(pool)


@shared_task(name="promocodes.expire_codes", ignore_result=True)
def expire_codes() -> None:
    """Mark the codes whose date has passed; the scheduler asks each minute."""
    if expired := operations.expire_codes(at=clock.now()):
        logger.info("codes.expired count=%s", expired)


@shared_task(name="promocodes.repair_sets", ignore_result=True)
def repair_sets() -> None:
    """Find the advocates who were forgotten; the scheduler asks each hour."""
    for pool in CodePool.objects.filter(switched_on_at__isnull=False):
        if found := operations.repair_sets(pool=pool, at=clock.now()):
            logger.warning("codes.sets_repaired pool=%s count=%s", pool.pk, found)


def _serve(pool: CodePool) -> None:
    if served := operations.serve_waiting(pool=pool, at=clock.now()):
        logger.info("codes.served pool=%s count=%s", pool.pk, served)
