from __future__ import annotations

from datetime import datetime

from programs.models import Participant, Program, TouchOutcome
from promocodes.models import CodeUse, PromoCode
from rewards.attribution.outcomes import SentCode
from rewards.attribution.resolving import Target


def refusal_of(sent: SentCode, target: Target | None, *, friend: Participant, at: datetime) -> TouchOutcome | None:
    """Return why a code attributes nothing, whoever referred the friend before; ``None`` if it is valid."""
    if target is None:
        return TouchOutcome.UNKNOWN_CODE
    if sent.counts_until is not None and sent.counts_until <= at:
        return TouchOutcome.COOKIE_EXPIRED
    if target.problem is not None and not _is_used_by_friend(target, friend):
        return target.problem
    if target.advocate is None:
        return TouchOutcome.CODE_NOT_ASSIGNED
    if target.program.status != Program.Status.LIVE:
        return TouchOutcome.PROGRAM_NOT_LIVE
    return _refusal_of_people(friend, target.advocate)


def _refusal_of_people(friend: Participant, advocate: Participant) -> TouchOutcome | None:
    if friend.account_id == advocate.account_id:  # the users of an account share its rewards
        return TouchOutcome.OWN_CODE
    if advocate.is_blocked:
        return TouchOutcome.ADVOCATE_BLOCKED
    if friend.is_blocked:
        return TouchOutcome.FRIEND_BLOCKED
    return None if friend.referable else TouchOutcome.NOT_REFERABLE


def _is_used_by_friend(target: Target, friend: Participant) -> bool:
    """Say whether it was the friend who used the code: a shop sends it with the sign-up, then with the order."""
    return target.problem == TouchOutcome.CODE_USED and used_by(friend, target.promo_code)


def used_by(friend: Participant, code: PromoCode | None) -> bool:
    """Say whether the friend used a promo code."""
    return CodeUse.objects.filter(code=code, friend=friend).exists()
