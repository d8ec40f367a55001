"""A file of balances with known outcomes, and the proof that each of its rows had its effect exactly once."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import timedelta

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db.models import F, Sum

from advocate.lib import clock
from jobs.models import Job
from jobs.operations import ImportChoices, create_import
from outbox.models import Email
from programs.models import Participant
from rewards.imports import UPDATE_BALANCES
from rewards.models import Reward, RewardEntry, RewardUnit
from team.audit import Actor
from team.models import User

HEADER = ("accountId", "userId", "unit", "valueToRedeem")
UNIT = "CASH/USD"
# What a participant asks for, by turns: most draw the one reward wholly and the other partly.
VALUES = ("0", "99.00", *("12.00",) * 8)
MINOR = {"0": 0, "99.00": 0, "12.00": 1200}


def add_balances(people: int, prefix: str) -> list[Participant]:
    """Add participants with a reward of 10.00 that expires and one of 5.00 that does not."""
    at = clock.now()
    unit, _is_new = RewardUnit.objects.get_or_create(
        key=UNIT,
        defaults={
            "kind": "CASH",
            "name": UNIT,
            "currency": "USD",
            "exponent": 2,
            "created_at": at,
            "updated_at": at,
        },
    )
    owners = Participant.objects.bulk_create(
        [Participant(account_id=f"{prefix}-{n}", user_id=f"{prefix}-{n}", created_at=at) for n in range(people)],
        batch_size=500,
    )
    common = {"unit": unit, "status": "AVAILABLE", "date_given": at, "date_created": at, "updated_at": at}
    rewards = [
        Reward(participant=owner, amount=amount, date_expires=expires, **common)
        for owner in owners
        for amount, expires in ((1000, at + timedelta(days=30)), (500, None))
    ]
    Reward.objects.bulk_create(rewards, batch_size=500)
    return owners


def payout_file(owners: list[Participant]) -> bytes:
    """Return the file that redeems from these participants, with the values by turns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADER)
    for number, owner in enumerate(owners):
        writer.writerow((owner.account_id, owner.user_id, UNIT, VALUES[number % len(VALUES)]))
    return out.getvalue().encode()


def start_payout(owners: list[Participant], *, user: User) -> Job:
    """Return the queued import of their file, without preview; what refuses a row is found while applying."""
    return create_import(
        import_type=UPDATE_BALANCES,
        upload=File(io.BytesIO(payout_file(owners)), name="paid.csv"),
        name="paid.csv",
        params={},
        by=Actor.of(user),
        at=clock.now(),
        choices=ImportChoices(without_preview=True),
    )


def differences(job: Job, owners: list[Participant]) -> list[str]:
    """Return in which ways the import has not had its effect exactly once; none if all is well."""
    job.refresh_from_db()
    asked = Counter(VALUES[number % len(VALUES)] for number in range(len(owners)))
    entries = RewardEntry.objects.filter(job=job)
    events = list(job.events.values_list("code", flat=True))
    expected = {
        "status": (job.status, "done"),
        "counts": (
            (job.rows_total, job.rows_done, job.rows_unchanged, job.rows_refused),
            (len(owners), asked["12.00"], asked["0"], asked["99.00"]),
        ),
        "totals": (job.totals, {UNIT: 1200 * asked["12.00"]}),
        "balances": (_wrong_balances(owners), []),
        "entries": (entries.count(), 2 * asked["12.00"]),
        "rewards off their entries": (_off_entries(owners), 0),
        "ends": (events.count("done"), 1),
        "mails": (Email.objects.filter(key__startswith=f"job:{job.pk}:").count(), 1),
        "rows in the results": (
            _outcomes(job),
            {"done": asked["12.00"], "unchanged": asked["0"], "refused": asked["99.00"]},
        ),
    }
    return [f"{what}: {found!r} instead of {wanted!r}" for what, (found, wanted) in expected.items() if found != wanted]


def _wrong_balances(owners: list[Participant]) -> list[str]:
    """Return whose balance is not lower by exactly what the file says."""
    redeemed = dict(
        Reward.objects.filter(participant__in=Participant.objects.filter(account_id__startswith=_prefix(owners)))
        .values_list("participant_id")
        .annotate(sum=Sum("redeemed"))
        .order_by()
    )
    wanted = {owner.pk: MINOR[VALUES[number % len(VALUES)]] for number, owner in enumerate(owners)}
    return [owner.account_id for owner in owners if redeemed[owner.pk] != wanted[owner.pk]]


def _off_entries(owners: list[Participant]) -> int:
    """Count the rewards whose counter is not the sum of their entries."""
    rewards = Reward.objects.filter(participant__account_id__startswith=_prefix(owners))
    return rewards.annotate(sum=Sum("entries__amount", default=0)).exclude(redeemed=F("sum")).count()


def _prefix(owners: list[Participant]) -> str:
    return owners[0].account_id.rpartition("-")[0] + "-"


def _outcomes(job: Job) -> dict[str, int]:
    if not job.result_file:
        return {}
    with default_storage.open(job.result_file) as file:
        rows = csv.DictReader(io.StringIO(file.read().decode("utf-8-sig")))
        return dict(Counter(row["outcome"] for row in rows))
