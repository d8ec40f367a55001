from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from programs.models import Participant, Program
from programs.queries import referral_code
from promocodes.models import PromoCode
from promocodes.queries.searching import promo_code


@dataclass(frozen=True, slots=True)
class WorkingCode:
    """A referral code or a promo code that a friend could use now."""

    code: str
    created_at: datetime
    program: Program
    advocate: Participant


def working_code(text: str, *, at: datetime) -> WorkingCode | None:
    """
    Return the code if a friend could use it at ``at``, whatever case it is written in.

    What is unknown, disabled, used, withdrawn, expired, nobody's, a blocked advocate's or of a program that is not live
    is told from nothing: only then does a guess tell nothing either.
    """
    found = _referral_code(text) or _promo_code(text, at)
    if found is None or found.advocate.is_blocked or found.program.status != Program.Status.LIVE:
        return None
    return found


def _referral_code(text: str) -> WorkingCode | None:
    code = referral_code(text)
    if code is None or code.disabled_at is not None:
        return None
    return WorkingCode(code.code, code.created_at, code.program, code.participant)


def _promo_code(text: str, at: datetime) -> WorkingCode | None:
    code = promo_code(text)
    if code is None or code.state != PromoCode.State.ASSIGNED or code.pool is None or code.participant is None:
        return None
    if code.expires_at is not None and code.expires_at <= at:
        return None
    return WorkingCode(code.code, code.assigned_at or at, code.pool.program, code.participant)
