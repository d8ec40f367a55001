from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from outbox import operations
from outbox.mailer import Mailer, NotSent, OutgoingMail
from outbox.operations import Claim

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one run did; ``more_due`` says that it stopped at its limit."""

    sent: int
    failed: int
    more_due: bool


def deliver_due_emails(*, mailer: Mailer, clock: Callable[[], datetime], rng: Random, limit: int) -> Delivery:
    """
    Send the mails that are due, up to ``limit``, one claim at a time over one connection.

    Stop early when the server is away: the sweep comes back. Any number of these may run at once.
    """
    operations.give_up_lost_emails(at=clock())
    sent = failed = 0
    while sent + failed < limit:
        claim = operations.claim_email(at=clock())
        if claim is None:
            return Delivery(sent, failed, more_due=False)
        problem = _send(claim, mailer=mailer, clock=clock, rng=rng)
        if problem is None:
            sent += 1
            continue
        failed += 1
        if problem.server_away:
            return Delivery(sent, failed, more_due=False)
    return Delivery(sent, failed, more_due=True)


def _send(claim: Claim, *, mailer: Mailer, clock: Callable[[], datetime], rng: Random) -> NotSent | None:
    """Send one mail outside any transaction and record how it went."""
    email = claim.email
    try:
        mailer.send(
            OutgoingMail(
                to=email.to,
                subject=email.subject,
                text=email.text,
                html=email.html,
                language=email.language,
                message_id=email.message_id,
            )
        )
    except NotSent as problem:
        logger.warning("email.not_sent id=%s attempt=%s reason=%s", email.pk, email.attempts, problem.reason)
        held = operations.record_failure(claim, reason=problem.reason, permanent=problem.permanent, at=clock(), rng=rng)
        _warn_unless(held, claim)
        return problem
    # A crash right here is the one moment after which a mail goes out twice; both copies have one Message-ID.
    _warn_unless(operations.record_sent(claim, at=clock()), claim)
    logger.info("email.sent id=%s attempt=%s", email.pk, email.attempts)
    return None


def _warn_unless(held: bool, claim: Claim) -> None:
    if not held:
        logger.warning("email.lease_lost id=%s", claim.email.pk)
