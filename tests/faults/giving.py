"""A program whose advocates are to get their first codes, and the proof that each got theirs exactly once."""

from __future__ import annotations

from django.db.models import Count

from advocate.lib import clock, db
from jobs.models import Job
from jobs.operations import ImportChoices, create_run
from outbox.models import Email
from programs.models import Participant, Program, ReferralCode
from promocodes.imports import GIVE_CODES
from promocodes.models import CodeBatch, CodeHolder, CodePool, PromoCode
from team.audit import Actor
from team.models import User

State = PromoCode.State
EACH = 5


def add_program(people: int, codes: int, key: str) -> CodePool:
    """Add a program that is switched on, with so many advocates and codes in stock."""
    at = clock.now()
    program = Program.objects.create(key=key, name=key, status="live", created_at=at)
    pool = CodePool.objects.create(program=program, codes_each=EACH, switched_on_at=at)
    batch = CodeBatch.objects.create(pool=pool, name="First", code_count=codes)
    owners = Participant.objects.bulk_create(
        [Participant(account_id=f"{key}-{n}", user_id=f"{key}-{n}", created_at=at) for n in range(people)],
        batch_size=500,
    )
    ReferralCode.objects.bulk_create(
        [ReferralCode(code=f"{key}-ref-{n}", program=program, participant=owner) for n, owner in enumerate(owners)],
        batch_size=500,
    )
    rows = ((pool.pk, batch.pk, f"{key}-{n}", State.STOCK, False, False, 0) for n in range(codes))
    fields = ("pool", "batch", "code", "state", "is_multi_use", "is_extra", "use_count")
    db.load_rows(PromoCode, fields, rows)
    ids = PromoCode.objects.filter(pool=pool).order_by("id").values_list("id", flat=True)
    CodePool.objects.filter(pk=pool.pk).update(first_id=ids.first(), last_id=ids.last())
    return pool


def start_giving(pool: CodePool, *, user: User) -> Job:
    """Queue the job that gives every advocate their set."""
    choices = ImportChoices(without_preview=True)
    return create_run(
        import_type=GIVE_CODES,
        name="Codes",
        params={"pool": pool.pk},
        by=Actor.of(user),
        at=clock.now(),
        choices=choices,
    )


def differences(job: Job, pool: CodePool, people: int, codes: int) -> list[str]:
    """Return in which ways the job has not given each advocate their set exactly once; none if all is well."""
    job.refresh_from_db()
    given = min(codes, people * EACH)
    held = PromoCode.objects.filter(pool=pool, state=State.ASSIGNED).order_by().values("participant")
    sets = dict(held.annotate(count=Count("pk")).values_list("participant", "count"))
    holders = CodeHolder.objects.filter(pool=pool)
    waiting = set(holders.filter(waiting_since__isnull=False).values_list("participant", flat=True))
    expected = {
        "status": (job.status, "done"),
        "rows": ((job.rows_total, job.rows_done, job.rows_refused), (people, people, 0)),
        "codes given": (sum(sets.values()), given),
        "codes in stock": (PromoCode.objects.filter(pool=pool, state=State.STOCK).count(), codes - given),
        "sets too large": (sum(count > EACH for count in sets.values()), 0),
        "holders": (holders.count(), people),
        "who waits": (waiting, {one.participant_id for one in holders if sets.get(one.participant_id, 0) < EACH}),
        "codes given by the job": (job.totals.get("given", 0), given),
        "ends": (job.events.filter(code="done").count(), 1),
        "mails": (Email.objects.filter(key__startswith=f"job:{job.pk}:").count(), 1),
    }
    return [f"{what}: {found!r} instead of {wanted!r}" for what, (found, wanted) in expected.items() if found != wanted]
