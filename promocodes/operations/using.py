from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Lower

from programs.models import Participant, Program, Referral
from programs.operations.checks import check_values
from promocodes.models import CODE_FORM, CodeUse, PromoCode
from promocodes.operations.filling import fill_locked
from promocodes.operations.holders import lock_holder_of

State = PromoCode.State


class UseOutcome(StrEnum):
    """What came of using a code; only the first two are uses. The public is never told which of the others it was."""

    USED_NOW = "used_now"
    SAME_EVENT = "same_event"
    USED_BY_ANOTHER = "used_by_another"
    WITHDRAWN = "withdrawn"
    NOT_ASSIGNED = "not_assigned"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


OUTCOMES: Final = {
    State.STOCK: UseOutcome.NOT_ASSIGNED,
    State.ASSIGNED: UseOutcome.EXPIRED,
    State.USED: UseOutcome.USED_BY_ANOTHER,
    State.WITHDRAWN: UseOutcome.WITHDRAWN,
    State.EXPIRED: UseOutcome.EXPIRED,
    State.SHARED: UseOutcome.NOT_ASSIGNED,
}


@dataclass(frozen=True, slots=True)
class CodeUseResult:
    """The outcome, with the code, its advocate and its program as far as there are any."""

    outcome: UseOutcome
    code: PromoCode | None = None
    use: CodeUse | None = None

    @property
    def is_used(self) -> bool:
        """Say whether the event has used the code, now or before."""
        return self.outcome in {UseOutcome.USED_NOW, UseOutcome.SAME_EVENT}

    @property
    def advocate(self) -> Participant | None:
        """Return who gave the code to the friend."""
        return self.code.participant if self.code else None

    @property
    def program(self) -> Program | None:
        """Return the program that the code is of."""
        return self.code.pool.program if self.code and self.code.pool else None


@transaction.atomic
def use_code(
    *, code: str, key: str, friend: Participant | None = None, referral: Referral | None = None, at: datetime
) -> CodeUseResult:
    """
    Use a code for a friend's order or sign-up, which ``key`` names, and give the advocate another in its place.

    A one-time code is used once, however many ask at once. The same key again gives back the first use.

    :raises InvalidValue: if ``key`` is empty or too long
    """
    check_values(CodeUse(key=key), names={"key"})
    found = _find(code)
    if found is None:
        return CodeUseResult(UseOutcome.UNKNOWN)
    # The order that all keep: first the advocate, then their code.
    is_replaced = found.participant_id is not None and not found.is_multi_use and not found.is_extra
    holder = lock_holder_of(found) if is_replaced else None
    locked = PromoCode.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "pool__program", "participant"
    )
    current = locked.get(pk=found.pk)
    earlier = CodeUse.objects.filter(code=current, key=key).first()
    if earlier is not None:
        return CodeUseResult(UseOutcome.SAME_EVENT, current, earlier)
    if not _mark_used(current, at):
        return CodeUseResult(OUTCOMES[State(current.state)], current)
    use = CodeUse.objects.create(code=current, key=key, friend=friend, referral=referral, at=at)
    if holder is not None:
        fill_locked(holder, at=at)
    current.refresh_from_db(fields=["state", "used_at", "use_count"])
    return CodeUseResult(UseOutcome.USED_NOW, current, use)


def _find(text: str) -> PromoCode | None:
    """Find a code by its text in any case of its letters; a referral code's claim on its text is none."""
    if not re.match(CODE_FORM, text):
        return None
    codes = PromoCode.objects.alias(folded=Lower("code"))
    return codes.filter(folded=text.lower()).exclude(state=State.REFERRAL).first()


def _mark_used(code: PromoCode, at: datetime) -> bool:
    usable = PromoCode.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=at), pk=code.pk, state=State.ASSIGNED
    )
    state = State.ASSIGNED if code.is_multi_use else State.USED
    return bool(usable.update(state=state, used_at=at, use_count=F("use_count") + 1))
