"""A participant's promo codes as their pages list them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest
from django.urls import reverse

from advocate.lib.admin import Badge
from programs.forms import ReasonForm
from programs.models import Participant
from promocodes.badges import kind_text, state_badge
from promocodes.models import CodeHolder, PromoCode
from promocodes.queries.people import friend_of, is_shown, only_uses

WITHDRAW: Final = "promocodes.withdraw_code"
GIVE: Final = "promocodes.give_code"
SOURCE: Final = "promo"  # among the ways of giving a code
WITHDRAWABLE: Final = (PromoCode.State.STOCK, PromoCode.State.ASSIGNED)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """A code of a participant; ``friend`` is whom its only use was attributed to."""

    code: PromoCode
    kind: str
    badge: Badge
    is_shown: bool
    friend: Participant | None
    withdraw_form: ReasonForm | None


def can_withdraw(request: HttpRequest, code: PromoCode) -> bool:
    """Say whether the person may withdraw the code as it is; one that is used up stays so."""
    return code.state in WITHDRAWABLE and request.user.has_perm(WITHDRAW)


def code_lines(request: HttpRequest, codes: Sequence[PromoCode], *, of: Participant, at: datetime) -> list[CodeLine]:
    """Return a participant's codes with what became of each."""
    uses = only_uses(codes)
    return [
        CodeLine(
            code=code,
            kind=kind_text(code),
            badge=state_badge(code),
            is_shown=is_shown(code, to=of, at=at),
            friend=friend_of(uses[code.pk]) if code.pk in uses else None,
            withdraw_form=ReasonForm(auto_id=f"withdraw_{code.pk}_%s") if can_withdraw(request, code) else None,
        )
        for code in codes
    ]


def add_code_url(request: HttpRequest, participant: Participant) -> str:
    """Return the address at which a promo code is given to a participant, for who may give one."""
    if not request.user.has_perm(GIVE):
        return ""
    return f"{reverse('admin:programs_participant_add_code', args=[participant.pk])}?by={SOURCE}"


def waiting_among(holdings: Iterable[CodeHolder]) -> list[CodeHolder]:
    """Return where a participant waits for codes."""
    return [holding for holding in holdings if holding.waiting_since]
