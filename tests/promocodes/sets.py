"""What tests ask of an advocate's codes."""

from __future__ import annotations

from jobs.operations import ImportChoices, create_run
from programs.models import ReferralCode
from promocodes.imports import GIVE_CODES
from promocodes.models import CodeHolder, CodePool, PromoCode
from team.audit import SYSTEM, Actor
from tests.conftest import NOON
from tests.factories import make_participant, stock_pool

State = PromoCode.State


def add_codes(pool: CodePool, count: int, prefix: str = "C", **fields):
    pool.refresh_from_db()
    return stock_pool(pool, *(f"{prefix}-{number}" for number in range(count)), **fields)


def held(pool, participant):
    codes = PromoCode.objects.filter(pool=pool, participant=participant, state=State.ASSIGNED, is_extra=False)
    return codes.count()


def in_stock(pool):
    return PromoCode.objects.filter(pool=pool, state=State.STOCK).count()


def waiting(pool):
    queue = CodeHolder.objects.filter(pool=pool, waiting_since__isnull=False).order_by("waiting_since", "id")
    return [holder.participant for holder in queue.select_related("participant")]


def make_advocate(pool: CodePool, **fields):
    """Return a participant of the pool's program with a referral code, who was told of nothing."""
    person = make_participant(**fields)
    ReferralCode.objects.create(code=f"REF-{person.pk}", program=pool.program, participant=person)
    return person


def start_giving(pool: CodePool, *, by: Actor = SYSTEM, at=NOON):
    """Queue the job that gives every advocate of the pool's program their set."""
    choices = ImportChoices(without_preview=True)
    return create_run(import_type=GIVE_CODES, name="Codes", params={"pool": pool.pk}, by=by, at=at, choices=choices)
