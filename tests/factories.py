"""Actors and things for tests: each function makes one with sensible values and takes what the test cares about."""

from __future__ import annotations

from itertools import count
from typing import Any

from programs.models import Conversion, Participant, Program, Referral, ReferralCode, ShareLink, Touch
from promocodes.models import CodeBatch, CodeHolder, CodePool, PromoCode
from rewards.models import CatalogReward, Reward, RewardRule, RewardUnit
from tests.conftest import NOON

_numbers = count(1)


def make_program(**fields: Any) -> Program:
    number = next(_numbers)
    return Program.objects.create(
        **{"key": f"program-{number}", "name": f"Program {number}", "status": "live", "created_at": NOON, **fields}
    )


def make_participant(**fields: Any) -> Participant:
    number = next(_numbers)
    ids = {"account_id": f"account-{number}", "user_id": f"user-{number}"}
    return Participant.objects.create(**{**ids, "first_name": "Ada", "created_at": NOON, **fields})


def make_referral_code(**fields: Any) -> ReferralCode:
    """Return a primary code unless the fields say otherwise."""
    number = next(_numbers)
    if "participant" not in fields:
        fields["participant"] = make_participant()
    if "program" not in fields:
        fields["program"] = make_program()
    return ReferralCode.objects.create(**{"code": f"CODE{number}", "created_at": NOON, **fields})


def make_share_link(**fields: Any) -> ShareLink:
    """Return the link of a new code unless the fields name another."""
    number = next(_numbers)
    if "code" not in fields:
        fields["code"] = make_referral_code()
    return ShareLink.objects.create(**{"slug": f"link{number}", "created_at": NOON, **fields})


def make_referral(**fields: Any) -> Referral:
    """Return the referral of a new friend by a new advocate unless the fields name others."""
    if "program" not in fields:
        fields["program"] = make_program()
    for side in ("referrer", "referred"):
        if side not in fields:
            fields[side] = make_participant()
    return Referral.objects.create(**{"date_started": NOON, "updated_at": NOON, **fields})


def make_conversion(**fields: Any) -> Conversion:
    """Return a conversion that waits to be looked at unless the fields say otherwise."""
    number = next(_numbers)
    if "program" not in fields:
        fields["program"] = make_program()
    dates = {"happened_at": NOON, "received_at": NOON}
    return Conversion.objects.create(**{"order_id": f"order-{number}", **dates, **fields})


def make_touch(**fields: Any) -> Touch:
    """Return a touch by a code that nobody has, of a new friend unless the fields say otherwise."""
    if "friend" not in fields and "conversion" not in fields:
        fields["friend"] = make_participant()
    return Touch.objects.create(**{"text": "NOBODY", "door": "upsert", "outcome": "unknown_code", "at": NOON, **fields})


def make_unit(key: str = "CASH/USD", **fields: Any) -> RewardUnit:
    """Return the unit of this key, made if it is new; by default with the digits its currency has."""
    currency = key.partition("/")[2]
    kind = key.partition("/")[0] if currency else "POINTS"
    exponent = {"": 0, "JPY": 0, "KWD": 3}.get(currency, 2)
    defaults = {"kind": kind, "name": key, "currency": currency, "exponent": exponent}
    unit, _ = RewardUnit.objects.get_or_create(
        key=key, defaults={**defaults, "created_at": NOON, "updated_at": NOON, **fields}
    )
    return unit


def make_catalog_reward(**fields: Any) -> CatalogReward:
    number = next(_numbers)
    if "unit" not in fields:
        fields["unit"] = make_unit()
    defaults = {"key": f"reward-{number}", "name": f"Reward {number}", "amount": 1000}
    return CatalogReward.objects.create(**{**defaults, "created_at": NOON, "updated_at": NOON, **fields})


def make_rule(**fields: Any) -> RewardRule:
    """Return a rule that gives an advocate 10.00 USD for a friend's order unless the fields say otherwise."""
    number = next(_numbers)
    if "program" not in fields:
        fields["program"] = make_program()
    if fields.setdefault("gives", "AMOUNT") == "AMOUNT":
        fields = {"unit": make_unit(), "amount": 1000, **fields}
    defaults = {"name": f"Rule {number}", "trigger": "CONVERSION", "audience": "ADVOCATE"}
    return RewardRule.objects.create(**{**defaults, "created_at": NOON, "updated_at": NOON, **fields})


def make_attributed_order(**fields: Any) -> Conversion:
    """Return an order of 200.00 USD that counts for the advocate of a referral, a new one unless the fields name it."""
    referral = fields.setdefault("referral", None) or make_referral(program=fields.get("program") or make_program())
    people = {"program": referral.program, "friend": referral.referred, "advocate": referral.referrer}
    money = {"amount": 20000, "currency": "USD", "exponent": 2}
    looked_at = {"status": "attributed", "outcome": "attributed", "worked_at": NOON}
    return make_conversion(**{**people, **money, **looked_at, **fields, "referral": referral})


def make_reward(**fields: Any) -> Reward:
    """Return a reward, AVAILABLE with 30.00 USD unless the fields say otherwise; dates follow the status."""
    if "participant" not in fields:
        fields["participant"] = make_participant()
    if "unit" not in fields:
        fields["unit"] = make_unit()
    status = fields.setdefault("status", Reward.Status.AVAILABLE)
    defaults = {"amount": 3000, "date_created": NOON, "updated_at": NOON, **_dates_of(status)}
    if status == Reward.Status.REDEEMED:
        defaults["redeemed"] = fields.get("amount", defaults["amount"])
    return Reward.objects.create(**{**defaults, **fields})


def _dates_of(status: str) -> dict[str, Any]:
    dates: dict[str, dict[str, Any]] = {
        Reward.Status.PENDING: {"pending_reason": "SCHEDULED", "date_scheduled_for": NOON},
        Reward.Status.REDEEMED: {"date_given": NOON, "date_redeemed": NOON},
        Reward.Status.EXPIRED: {"date_given": NOON, "date_expires": NOON},
        Reward.Status.CANCELLED: {"date_given": NOON, "date_cancelled": NOON},
    }
    return dates.get(status, {"date_given": NOON})


def make_pool(**fields: Any) -> CodePool:
    """Return a program's pool of one-time codes, switched on unless ``switched_on_at`` is None."""
    if "program" not in fields:
        fields["program"] = make_program()
    return CodePool.objects.create(**{"switched_on_at": NOON, "created_at": NOON, "updated_at": NOON, **fields})


def stock_pool(pool: CodePool, *codes: str, **fields: Any) -> CodeBatch:
    """Add a batch of codes to the pool's stock."""
    number = next(_numbers)
    batch = CodeBatch.objects.create(pool=pool, name=f"Batch {number}", code_count=len(codes), created_at=NOON)
    multi_use = pool.kind == CodePool.Kind.MULTI_USE
    made = PromoCode.objects.bulk_create(
        [
            PromoCode(**{"pool": pool, "batch": batch, "code": code, "is_multi_use": multi_use, **fields})
            for code in codes
        ]
    )
    if made:
        batch.first_id, batch.last_id = made[0].pk, made[-1].pk
        batch.save(update_fields=["first_id", "last_id"])
        pool.first_id = min(pool.first_id or batch.first_id, batch.first_id)
        pool.last_id = max(pool.last_id or batch.last_id, batch.last_id)
        pool.save(update_fields=["first_id", "last_id"])
    return batch


def make_code(code: str = "", **fields: Any) -> PromoCode:
    """Return a code in stock, or assigned where a participant is given."""
    pool = fields.pop("pool", None) or make_pool()
    batch = stock_pool(pool, code or f"CODE-{next(_numbers)}")
    if "participant" in fields:
        CodeHolder.objects.get_or_create(pool=pool, participant=fields["participant"], defaults={"joined_at": NOON})
        fields = {"state": PromoCode.State.ASSIGNED, "assigned_at": NOON, **fields}
    PromoCode.objects.filter(batch=batch).update(**fields)
    return PromoCode.objects.get(batch=batch)
