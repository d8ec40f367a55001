"""What the texts that came with a friend stand for. All codes share one namespace; a share link's address does, too."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Lower

from advocate.lib.prefixes import ascii_lower
from programs.models import CODE_FORM, Participant, Program, Referral, ReferralCode, ShareLink, TouchOutcome
from promocodes.models import PromoCode

State = PromoCode.State
UNUSABLE = {
    State.STOCK: TouchOutcome.CODE_NOT_ASSIGNED,
    State.SHARED: TouchOutcome.CODE_NOT_ASSIGNED,
    State.USED: TouchOutcome.CODE_USED,
    State.WITHDRAWN: TouchOutcome.CODE_WITHDRAWN,
    State.EXPIRED: TouchOutcome.CODE_EXPIRED,
}


@dataclass(frozen=True, slots=True)
class Target:
    """A code that there is: whose it is, and what is wrong with it, if anything is."""

    code: str
    program: Program
    advocate: Participant | None
    source: Referral.Source
    created_at: datetime
    problem: TouchOutcome | None = None
    promo_code: PromoCode | None = None


def folded(text: str) -> str:
    """Return what tells two texts apart: the same code in other case is the same code."""
    return ascii_lower(text.strip())


def find_targets(texts: Iterable[str], *, at: datetime) -> dict[str, Target]:
    """Return what there is of these texts, by the text as ``folded`` writes it; at most three queries find all."""
    left = {folded(text) for text in texts if re.match(CODE_FORM, text.strip())}
    found: dict[str, Target] = {}
    for look_up in (_referral_codes, _promo_codes, _share_links):
        if left:
            found |= look_up(left, at)
            left -= found.keys()
    return found


def _referral_codes(texts: Collection[str], at: datetime) -> dict[str, Target]:
    codes = ReferralCode.objects.alias(folded=Lower("code")).filter(folded__in=texts)
    return {
        ascii_lower(code.code): _of_referral_code(code, Referral.Source.CODE)
        for code in codes.select_related("program", "participant")
    }


def _promo_codes(texts: Collection[str], at: datetime) -> dict[str, Target]:
    codes = PromoCode.objects.alias(folded=Lower("code")).filter(folded__in=texts).exclude(state=State.REFERRAL)
    return {
        ascii_lower(code.code): _of_promo_code(code, code.pool.program, at)
        for code in codes.select_related("pool__program", "participant")
        if code.pool is not None
    }


def _share_links(texts: Collection[str], at: datetime) -> dict[str, Target]:
    links = ShareLink.objects.alias(folded=Lower("slug")).filter(folded__in=texts)
    return {
        ascii_lower(link.slug): _of_referral_code(link.code, Referral.Source.LINK)
        for link in links.select_related("code__program", "code__participant")
    }


def _of_referral_code(code: ReferralCode, source: Referral.Source) -> Target:
    problem = TouchOutcome.CODE_DISABLED if code.disabled_at else None
    return Target(code.code, code.program, code.participant, source, code.created_at, problem)


def _of_promo_code(code: PromoCode, program: Program, at: datetime) -> Target:
    problem = UNUSABLE.get(State(code.state))
    if problem is None and code.expires_at is not None and code.expires_at <= at:
        problem = TouchOutcome.CODE_EXPIRED
    source = Referral.Source.PROMO_CODE
    return Target(code.code, program, code.participant, source, code.assigned_at or at, problem, code)
