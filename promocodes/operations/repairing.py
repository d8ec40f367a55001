"""
Finding advocates whose sets are short though they do not wait: after a crash, a rollback or an unblocking.

While a job gives everybody their first set nobody is looked for: it would find all whose turn has not come yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef

from advocate.lib import db
from jobs.models import Job
from programs.models import ReferralCode
from promocodes.models import CodeHolder, CodePool
from promocodes.operations.holders import queue_short, what_sets_lack
from promocodes.operations.pools import GIVE_CODES
from promocodes.operations.serving import serve_waiting

LOOKED_AT_ONCE: Final = 10_000
ADDED_AT_ONCE: Final = 1_000


def repair_sets(*, pool: CodePool, at: datetime) -> int:
    """Queue the advocates whose sets are short and who do not wait, have them served, and return how many they were."""
    if not pool.is_on or _is_being_given(pool):
        return 0
    found = sum(_add_missing(pool, at)) + sum(_queue_short(pool, at))
    if found:
        serve_waiting(pool=pool, at=at)
    return found


def _is_being_given(pool: CodePool) -> bool:
    under_way = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING])
    return under_way.filter(type=GIVE_CODES, params__pool=pool.pk).exists()


def _add_missing(pool: CodePool, at: datetime) -> Iterator[int]:
    """Add the rows of advocates who have none."""
    has_one = CodeHolder.objects.filter(pool=pool, participant=OuterRef("participant"))
    advocates = ReferralCode.objects.filter(
        ~Exists(has_one), program=pool.program_id, is_primary=True, participant__date_blocked__isnull=True
    )
    for low, high in _windows(ReferralCode.objects.filter(program=pool.program_id)):
        missing = advocates.filter(pk__range=(low, high)).order_by("participant").values_list("participant", flat=True)
        for people in db.batches(list(missing), ADDED_AT_ONCE):
            added = [CodeHolder(pool=pool, participant_id=person, joined_at=at, waiting_since=at) for person in people]
            CodeHolder.objects.bulk_create(added, ignore_conflicts=True)
            yield len(added)
            db.leave_gap()


def _queue_short(pool: CodePool, at: datetime) -> Iterator[int]:
    idle = CodeHolder.objects.filter(pool=pool, waiting_since__isnull=True)
    for low, high in _windows(CodeHolder.objects.filter(pool=pool)):
        ids = list(idle.filter(pk__range=(low, high)).order_by("id").values_list("id", flat=True))
        short = [lack.holder_id for lack in what_sets_lack(ids, codes_each=pool.codes_each, at=at) if lack.lacking]
        for some in db.batches(short, ADDED_AT_ONCE):
            with transaction.atomic():
                # Whoever is locked is having their set filled right now.
                free = [one.pk for one in db.skip_locked(idle.filter(pk__in=some).order_by("id"))]
                queued = queue_short(free, codes_each=pool.codes_each, at=at)
            yield queued
            db.leave_gap()


def _windows(rows: object) -> Iterator[tuple[int, int]]:
    ends = rows.aggregate(first=Min("pk"), last=Max("pk"))  # type: ignore[attr-defined]
    if ends["first"] is not None:
        for low in range(ends["first"], ends["last"] + 1, LOOKED_AT_ONCE):
            yield low, low + LOOKED_AT_ONCE - 1
