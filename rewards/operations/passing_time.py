"""What the calendar does to rewards, in sets: short transactions with gaps, so that other writers get their turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet

from advocate.lib.db import leave_gap
from rewards.models import Reward
from rewards.queries import is_past
from team.audit import SYSTEM
from team.models import AuditEntry

CHUNK: Final = 500  # rows in one transaction: about 30 ms on SQLite, where everybody else waits meanwhile

Chunk = Callable[[], int]


def release_scheduled_rewards(*, at: datetime, chunk: int = CHUNK) -> int:
    """Make the rewards AVAILABLE whose day has come and whose participant is not blocked; return how many."""

    def release() -> int:
        return _update_some(
            Reward.objects.filter(_is_due(at), participant__date_blocked__isnull=True).order_by("date_scheduled_for"),
            _is_due(at),
            limit=chunk,
            changes={
                "status": Reward.Status.AVAILABLE,
                "pending_reason": "",
                "date_given": at,
                "updated_at": at,
            },
        )

    return _in_chunks(release, action="reward.released", at=at)


def expire_rewards(*, at: datetime, chunk: int = CHUNK) -> int:
    """
    Mark the rewards EXPIRED whose date has passed; return how many.

    Nothing waits for it: past its date a reward is never drawn, whether it is marked or not.
    """
    is_overdue = Q(status=Reward.Status.AVAILABLE) & is_past(at)

    def expire() -> int:
        return _update_some(
            Reward.objects.filter(is_overdue).order_by("date_expires"),
            is_overdue,
            limit=chunk,
            changes={"status": Reward.Status.EXPIRED, "updated_at": at},
        )

    return _in_chunks(expire, action="reward.expired", at=at)


def _is_due(at: datetime) -> Q:
    reasons = [Reward.PendingReason.SCHEDULED, Reward.PendingReason.SUSPECTED_FRAUD]
    return Q(status=Reward.Status.PENDING, pending_reason__in=reasons, date_scheduled_for__lte=at)


def _update_some(found: QuerySet[Reward], guard: Q, *, limit: int, changes: dict[str, object]) -> int:
    """Change at most ``limit`` of the rewards found; the guard is asked again when the row is ours."""
    ids = list(found.values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    return Reward.objects.filter(guard, pk__in=ids).update(**changes)


def _in_chunks(change: Chunk, *, action: str, at: datetime) -> int:
    total = 0
    while changed := _one_chunk(change, action=action, at=at):
        total += changed
        leave_gap()
    return total


@transaction.atomic(durable=True)
def _one_chunk(change: Chunk, *, action: str, at: datetime) -> int:
    """Change some rewards and leave one audit entry with their number: each reward's own dates tell the rest."""
    changed = change()
    if changed:
        AuditEntry.objects.create(
            at=at, actor=SYSTEM.label, action=action, object_type="rewards.reward", changes={"count": [0, changed]}
        )
    return changed
