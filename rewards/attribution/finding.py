"""Through whom an order came: by the code that came with it, and by who ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from advocate.lib.errors import DomainError
from programs.models import Conversion, Participant, Program, Referral, Touch, TouchOutcome
from programs.operations import Registration
from promocodes.operations import use_code
from rewards.attribution.attributing import GONE, attribute
from rewards.attribution.blocked import hold_blocked
from rewards.attribution.orders import DIGEST, customer_of
from rewards.attribution.outcomes import Outcome, SentCode
from rewards.attribution.registering import upsert_user
from rewards.attribution.resolving import Target, find_targets, folded
from rewards.attribution.touches import touch_of
from team.audit import SYSTEM

SENT_BY: Final = "order"
FOUND: Final = frozenset({TouchOutcome.ATTRIBUTED, TouchOutcome.SAME_AGAIN, TouchOutcome.ALREADY_REFERRED})


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of an order; where there is an advocate, it is attributed to them."""

    outcome: TouchOutcome
    friend: Participant | None = None
    advocate: Participant | None = None
    referral: Referral | None = None


def find_advocate(conversion: Conversion, *, at: datetime) -> Found:
    """
    Find through whom an order came, in the caller's transaction.

    The code is a touch of a friend who has not been referred yet; whoever has stays with their first advocate. A friend
    of whom only the id is known is registered if the code is good. Without any friend the code's advocate has it.
    """
    friend = conversion.friend or customer_of(
        customer_id=conversion.customer_id, customer_email=conversion.customer_email
    )
    if conversion.program.status != Program.Status.LIVE:
        return Found(TouchOutcome.PROGRAM_NOT_LIVE, friend)
    target = _target_of(conversion, at)
    if friend is None and conversion.customer_id and refusal_of_code(target) is None:
        friend = _registered(conversion, at)
    if friend is None:
        return _by_code_alone(conversion, target, at)
    return _by_friend(conversion, friend, target, at)


def refusal_of_code(target: Target | None) -> TouchOutcome | None:
    """Return why a code brings an order to nobody, whoever ordered; ``None`` if it does not speak against it."""
    if target is None:
        return TouchOutcome.UNKNOWN_CODE
    if target.problem is not None:
        return target.problem
    if target.advocate is None:
        return TouchOutcome.CODE_NOT_ASSIGNED
    return TouchOutcome.ADVOCATE_BLOCKED if target.advocate.is_blocked else None


def _target_of(conversion: Conversion, at: datetime) -> Target | None:
    """Return what the code stands for in the order's own program; another program's code says nothing there."""
    target = find_targets([conversion.promo_code], at=at).get(folded(conversion.promo_code))
    return target if target is not None and target.program == conversion.program else None


def _registered(conversion: Conversion, at: datetime) -> Participant | None:
    """Register the friend under their id; whom that is not possible for, orders as nobody in particular."""
    email = conversion.customer_email
    plain = "@" in email and not DIGEST.fullmatch(email)
    registration = Registration(values={"email": email} if plain else {})
    try:
        with transaction.atomic():
            user = upsert_user(
                account_id=conversion.customer_id,
                user_id=conversion.customer_id,
                registration=registration,
                by=SYSTEM,
                at=at,
            )
    except DomainError:
        return None
    return user.participant


def _by_friend(conversion: Conversion, friend: Participant, target: Target | None, at: datetime) -> Found:
    if friend.is_blocked:
        return Found(TouchOutcome.FRIEND_BLOCKED, friend)
    outcome = _touched(conversion, friend, target, at) if conversion.promo_code else None
    referral = outcome.referral if outcome and outcome.is_settled else _standing_referral(conversion.program, friend)
    if referral is None:
        return Found(outcome.outcome if outcome else TouchOutcome.NO_TOUCH, friend)
    blocked = hold_blocked([referral.referrer_id, friend.pk])
    if blocked:
        advocates = referral.referrer_id in blocked
        return Found(TouchOutcome.ADVOCATE_BLOCKED if advocates else TouchOutcome.FRIEND_BLOCKED, friend)
    settled = outcome.outcome if outcome and outcome.is_settled else TouchOutcome.ATTRIBUTED
    return Found(settled, friend, referral.referrer, referral)


def _touched(conversion: Conversion, friend: Participant, target: Target | None, at: datetime) -> Outcome:
    """Have the code attribute the friend if nobody has; what came of it is kept."""
    sent = SentCode(conversion.promo_code, Touch.Door.CONVERSION, conversion=conversion)
    if target is None:
        refused = Outcome(sent, TouchOutcome.UNKNOWN_CODE)
        _keep(refused, friend, at)
        return refused
    outcomes = attribute(friend=friend, touches=[sent], sent_by=SENT_BY, at=at)
    return outcomes[0]


def _standing_referral(program: Program, friend: Participant) -> Referral | None:
    """Return the friend's referral, else that of another user of their account: an account is referred once."""
    of_account = Referral.objects.filter(program=program, referred__account_id=friend.account_id)
    found = list(of_account.select_related("referrer").order_by("date_started", "pk"))
    return next((one for one in found if one.referred_id == friend.pk), found[0] if found else None)


def _by_code_alone(conversion: Conversion, target: Target | None, at: datetime) -> Found:
    """Bring an order of nobody in particular to the code's advocate."""
    if not conversion.promo_code:
        return Found(TouchOutcome.NO_TOUCH)
    outcome = refusal_of_code(target) or _blocked_meanwhile(target) or _use(conversion, target, at)
    outcome = outcome or TouchOutcome.ATTRIBUTED
    sent = SentCode(conversion.promo_code, Touch.Door.CONVERSION, conversion=conversion)
    advocate = target.advocate if target else None
    _keep(Outcome(sent, outcome, target.program if target else None, advocate), None, at)
    return Found(outcome, advocate=advocate if outcome == TouchOutcome.ATTRIBUTED else None)


def _blocked_meanwhile(target: Target | None) -> TouchOutcome | None:
    if target is None or target.advocate is None:
        return None
    return TouchOutcome.ADVOCATE_BLOCKED if hold_blocked([target.advocate.pk]) else None


def _use(conversion: Conversion, target: Target | None, at: datetime) -> TouchOutcome | None:
    """Use a promo code for the order, and return why that was not possible, if so."""
    if target is None or target.promo_code is None:
        return None
    result = use_code(code=target.code, key=f"conversion:{conversion.public_id}", at=at)
    return None if result.is_used else GONE[result.outcome]


def _keep(outcome: Outcome, friend: Participant | None, at: datetime) -> None:
    """Keep what came of a code that attribution was not asked about."""
    touch_of(outcome, friend=friend, sent_by=SENT_BY, at=at).save(force_insert=True)
