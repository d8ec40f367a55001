from __future__ import annotations

from datetime import datetime

from django.db import transaction

from promocodes.models import PromoCode
from promocodes.operations.errors import CodeNotWithdrawable, ReasonMissing
from promocodes.operations.filling import fill_locked
from promocodes.operations.holders import lock_holder_of
from team import audit
from team.audit import Actor, Change

State = PromoCode.State
REASON_LENGTH = 500


@transaction.atomic
def withdraw_code(*, code: PromoCode, reason: str, by: Actor, at: datetime) -> PromoCode:
    """
    Take a code back that is in stock, or assigned and not used up, for good; its advocate gets another.

    A multi-use code can be withdrawn after uses as well, which stay: nothing else stops a code that got about.

    :raises ReasonMissing: if ``reason`` is empty
    :raises CodeNotWithdrawable: if it is used, withdrawn or expired already, or a fallback code
    """
    reason = reason.strip()[:REASON_LENGTH]
    if not reason:
        raise ReasonMissing
    current = PromoCode.objects.get(pk=code.pk)
    if not _withdraw(current, at):
        # It was given meanwhile, which happens to a code once.
        current = PromoCode.objects.get(pk=code.pk)
        if current.state != State.ASSIGNED or not _withdraw(current, at):
            raise CodeNotWithdrawable(shown=current.code, state=State(current.state).label)
    before = current.state
    current.refresh_from_db()
    changes = {"state": Change(before, State.WITHDRAWN), "reason": Change(None, reason)}
    audit.record(by=by, action="promo_code.withdrawn", target=current, at=at, changes=changes)
    return current


def _withdraw(code: PromoCode, at: datetime) -> bool:
    """Withdraw the code if it is where it was seen; first the advocate's row is locked, then the code's."""
    holder = lock_holder_of(code)
    where = {"state": State.ASSIGNED} if code.participant_id else {"state": State.STOCK}
    if not PromoCode.objects.filter(pk=code.pk, **where).update(state=State.WITHDRAWN, withdrawn_at=at):
        return False
    if holder is not None and not code.is_extra:
        fill_locked(holder, at=at)
    return True
