"""What a display reads of an advocate: each load asks, so that the questions are SQL and no query is built for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from advocate.lib.db import instant_param
from programs.models import Participant, Program
from promocodes.models import CodePool, PromoCode
from widget.viewers.facts import Numbers, ShownCode

MOST_CODES: Final = 200
HELD: Final = f"""
    SELECT code.code, code.is_multi_use, code.copied_at IS NOT NULL
    FROM promocodes_promocode code JOIN promocodes_codepool pool ON pool.id = code.pool_id
    WHERE code.participant_id = %s AND pool.program_id = %s AND pool.switched_on_at IS NOT NULL
        AND code.state = {PromoCode.State.ASSIGNED.value} AND (code.expires_at IS NULL OR code.expires_at > %s)
    ORDER BY code.assigned_at, code.id LIMIT {MOST_CODES}
"""
OF_REFERRALS: Final = "FROM programs_referral WHERE referrer_id = %s AND program_id = %s"
STANDING: Final = f"""
    SELECT
        COALESCE((
            SELECT link.clicks FROM programs_sharelink link JOIN programs_referralcode code ON code.id = link.code_id
            WHERE code.participant_id = %s AND code.program_id = %s AND code.is_primary AND link.retired_at IS NULL
        ), 0),
        (SELECT COUNT(*) {OF_REFERRALS}),
        (SELECT COUNT(date_converted) {OF_REFERRALS}),
        EXISTS (SELECT 1 FROM rewards_reward WHERE participant_id = %s)
"""


@dataclass(frozen=True, slots=True)
class CodesToShare:
    """The promo codes that an advocate can hand on."""

    codes: Sequence[ShownCode]
    is_fallback: bool = False


def codes_to_share(participant: Participant, program: Program, *, at: datetime) -> CodesToShare:
    """Return the codes that the advocate has of a program and that still work; without any, its fallback code."""
    if participant.is_blocked:
        return CodesToShare(())
    with connection.cursor() as cursor:
        cursor.execute(HELD, [participant.pk, program.pk, instant_param(at)])
        held = [ShownCode(code, not is_multi_use, bool(is_copied)) for code, is_multi_use, is_copied in cursor]
    if held:
        return CodesToShare(held)
    pool = CodePool.objects.filter(program=program, switched_on_at__isnull=False).select_related("fallback").first()
    fallback = pool.fallback if pool else None
    shared = [ShownCode(fallback.code, is_one_time=False, is_copied=False)] if fallback else []
    return CodesToShare(shared, is_fallback=bool(shared))


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an advocate's sharing has gone, and whether there is any reward of theirs to read."""

    numbers: Numbers
    has_rewards: bool


def standing_of(advocate: Participant, program: Program) -> Standing:
    """Count the clicks on an advocate's link, their friends in a program, and who of them converted."""
    ids = [advocate.pk, program.pk]
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [*ids, *ids, *ids, advocate.pk])
        clicks, friends, converted, has_rewards = cursor.fetchone()
    return Standing(Numbers(clicks, friends, converted), bool(has_rewards))
