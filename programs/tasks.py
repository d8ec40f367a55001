from __future__ import annotations

import logging

from celery import shared_task

from advocate.lib.clock import now
from programs import operations

logger = logging.getLogger(__name__)


@shared_task(name="programs.make_missing_share_links", ignore_result=True)
def make_missing_share_links() -> None:
    """Give links to the advocates who have none; the scheduler asks each night."""
    if made := operations.make_missing_share_links(at=now()):
        logger.info("share_links.made count=%s", made)
