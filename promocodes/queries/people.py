"""What one participant has to do with promo codes: those they hold, those they used, and what they wait for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Lower

from advocate.lib.prefixes import ascii_lower
from programs.models import Participant, Program
from promocodes.models import CODES_EACH_DEFAULT, CodeHolder, CodeUse, PromoCode
from team.models import AuditEntry

State = PromoCode.State


def promo_codes_of(participant: Participant) -> QuerySet[PromoCode]:
    """Return the codes that a participant was given: those they can share, then those that are used or gone."""
    codes = PromoCode.objects.filter(participant=participant).select_related("pool__program", "batch")
    return codes.order_by("state", "-assigned_at", "-pk")


def uses_by(friend: Participant) -> QuerySet[CodeUse]:
    """Return the uses of codes by a friend, the newest first."""
    uses = CodeUse.objects.filter(friend=friend).select_related("code__pool__program", "code__participant")
    return uses.order_by("-at", "-pk")


def given_lately(participant: Participant, *, limit: int) -> list[PromoCode]:
    """Return the codes that a participant was given last, those of one set together."""
    codes = PromoCode.objects.filter(participant=participant).select_related("pool__program")
    return list(codes.order_by("-assigned_at", "pool", "pk")[: limit * CODES_EACH_DEFAULT])


def uses_of_codes_of(advocate: Participant) -> QuerySet[CodeUse]:
    """Return the uses of a participant's codes by friends, the newest first."""
    uses = CodeUse.objects.filter(code__participant=advocate).select_related("code__pool__program")
    return uses.order_by("-at", "-pk")


def uses_of(code: PromoCode) -> QuerySet[CodeUse]:
    """Return the uses of a code, the newest first."""
    return CodeUse.objects.filter(code=code).select_related("friend", "referral__referred").order_by("-at", "-pk")


def only_uses(codes: Iterable[PromoCode]) -> dict[int, CodeUse]:
    """Return by code the use of each that can have no other, in one query."""
    ids = [code.pk for code in codes if code.use_count and not code.is_multi_use]
    uses = CodeUse.objects.filter(code__in=ids).select_related("friend", "referral__referred")
    return {use.code_id: use for use in uses}


def uses_of_texts(texts: Iterable[str]) -> dict[str, CodeUse]:
    """Return who used the one-time codes of these texts, by the text in small letters, in one query."""
    asked = {ascii_lower(text) for text in texts}
    if not asked:
        return {}
    uses = CodeUse.objects.alias(folded=Lower("code__code")).filter(folded__in=asked, code__is_multi_use=False)
    return {ascii_lower(use.code.code): use for use in uses.select_related("code", "friend", "referral__referred")}


def holdings_of(participant: Participant) -> list[CodeHolder]:
    """Return in which programs a participant gets codes, and since when they wait for some."""
    holdings = CodeHolder.objects.filter(participant=participant).select_related("pool__program")
    return list(holdings.order_by("pool__program__name", "pk"))


def withdrawal_reason(code: PromoCode) -> str:
    """Return why a code was withdrawn, where somebody did it by hand."""
    entries = AuditEntry.objects.filter(object_type=PromoCode._meta.label_lower, object_id=str(code.pk))
    entry = entries.filter(action="promo_code.withdrawn").order_by("-at", "-pk").first()
    return str(entry.changes.get("reason", ["", ""])[1]) if entry else ""


def friend_of(use: CodeUse) -> Participant | None:
    """Return who used a code, as far as it is known."""
    if use.friend is not None:
        return use.friend
    return None if use.referral is None else use.referral.referred


def is_shown(code: PromoCode, *, to: Participant, at: datetime) -> bool:
    """Say whether the advocate sees the code in the program's widgets now."""
    pool = code.pool
    return (
        pool is not None
        and code.state == State.ASSIGNED
        and pool.is_on
        and pool.on_widgets
        and pool.program.status == Program.Status.LIVE
        and not to.is_blocked
        and (code.expires_at is None or code.expires_at > at)
    )
