"""What the pages of a pool, a batch, a code and a participant show of promo codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.admin import Badge, Fact, instant
from advocate.lib.capped import CappedCount
from advocate.lib.clock import now
from advocate.lib.panels import Panel, register_panel
from programs.models import Participant
from programs.pages import page_of
from promocodes.badges import state_badge
from promocodes.code_lines import code_lines, waiting_among
from promocodes.models import CodeBatch, CodePool, CodeUse, PromoCode
from promocodes.queries.batches import counts_of_batches
from promocodes.queries.listing import CodeFilter, NewestCodes
from promocodes.queries.people import friend_of, holdings_of, promo_codes_of, uses_by, uses_of, withdrawal_reason
from promocodes.stock import waiting_holders
from team.panels import history_panel

ROWS: Final = 25
FEW: Final = 5
SEE: Final = "promocodes.view_promocode"
BATCH_COUNTED: Final = 100_000


@dataclass(frozen=True, slots=True)
class UseLine:
    """A use of a code, and by whom, as far as it is known."""

    use: CodeUse
    friend: Participant | None


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of a batch."""

    code: PromoCode
    badge: Badge


@dataclass(frozen=True, slots=True)
class Part:
    """How many codes of a batch are in one place, and the list of them."""

    label: str
    count: CappedCount
    url: str


def code_dates(request: HttpRequest, code: PromoCode) -> Mapping[str, Any]:
    """Return what happened to a code, and when."""
    dates = (
        (_("Added"), code.batch.created_at if code.batch else None),
        (_("Assigned"), code.assigned_at),
        (_("Copied"), code.copied_at),
        (_("Last used") if code.is_multi_use else _("Used"), code.used_at),
        (_("Withdrawn"), code.withdrawn_at),
        (_("Expires"), code.expires_at),
    )
    reason = withdrawal_reason(code) if code.withdrawn_at else ""
    return {
        "dates": [Fact(label, instant(date)) for label, date in dates if date is not None],
        "reason": reason,
        "code": code,
    }


def code_uses(request: HttpRequest, code: PromoCode) -> Mapping[str, Any]:
    """Return a page of the uses of a code, the newest first."""
    page = page_of(request, "", uses_of(code))
    is_over = code.state in {PromoCode.State.WITHDRAWN, PromoCode.State.EXPIRED}
    return {"page": page, "lines": [UseLine(use, friend_of(use)) for use in page.rows], "is_over": is_over}


def batch_codes(request: HttpRequest, batch: CodeBatch) -> Mapping[str, Any]:
    """Return how far a batch is used up, and its latest codes."""
    counts = counts_of_batches([batch], limit=BATCH_COUNTED)[batch.pk]
    url = f"{reverse('admin:promocodes_promocode_changelist')}?batch={batch.pk}"
    codes = NewestCodes(CodeFilter(batch=batch))[:ROWS]
    return {
        "parts": [
            Part(_("Still in stock"), counts.in_stock, f"{url}&state=stock"),
            Part(_("Used"), counts.used, f"{url}&state=used"),
        ],
        "rows": [CodeRow(code, state_badge(code)) for code in codes],
        "all_url": url,
    }


def pool_batches(request: HttpRequest, pool: CodePool) -> Mapping[str, Any]:
    """Return the latest batches of a pool, with how far each is used up."""
    newest = CodeBatch.objects.filter(pool=pool).select_related("pool", "job").order_by("-created_at", "-pk")
    batches = list(newest[: FEW + 1])
    counts = counts_of_batches(batches[:FEW])
    return {
        "lines": [(batch, counts[batch.pk]) for batch in batches[:FEW]],
        "all_url": f"{reverse('admin:promocodes_codebatch_changelist')}?pool={pool.pk}" if len(batches) > FEW else "",
    }


def pool_queue(request: HttpRequest, pool: CodePool) -> Mapping[str, Any]:
    """Return who is served first when codes arrive."""
    waiting = list(waiting_holders(pool).select_related("participant")[: FEW + 1])
    url = f"{reverse('admin:promocodes_codeholder_changelist')}?pool={pool.pk}&waiting=yes"
    return {"waiting": waiting[:FEW], "all_url": url if len(waiting) > FEW else ""}


def pool_codes(request: HttpRequest, pool: CodePool) -> Mapping[str, Any]:
    """Return the lists of a pool's codes by where they are."""
    url = f"{reverse('admin:promocodes_promocode_changelist')}?pool={pool.pk}"
    states = PromoCode.State
    chosen = (states.STOCK, states.ASSIGNED, states.USED, states.WITHDRAWN, states.EXPIRED)
    links = [(state.label, f"{url}&state={state.name.lower()}") for state in chosen]
    return {"links": [(_("All codes"), url), *links, (_("Copied"), f"{url}&copied=yes")]}


def participant_codes(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return the promo codes that a participant can share, then the others, as far as a panel goes."""
    codes = list(promo_codes_of(participant)[: ROWS + 1])
    holdings = holdings_of(participant)
    return {
        "lines": code_lines(request, codes[:ROWS], of=participant, at=now()),
        "has_more": len(codes) > ROWS,
        "holdings": holdings,
        "waiting": waiting_among(holdings),
    }


def codes_used(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return which codes a participant used as a friend, and whose they were."""
    return {"uses": list(uses_by(participant)[:ROWS])}


def register() -> None:
    """Add the panels to their pages."""
    template = "promocodes/panels/{}.html".format
    panels = (
        ("code-pool", "queue", pool_queue, 20, True, ""),
        ("code-pool", "batches", pool_batches, 30, True, ""),
        ("code-pool", "codes", pool_codes, 40, True, ""),
        ("code-batch", "batch_codes", batch_codes, 10, True, ""),
        ("promo-code", "code_uses", code_uses, 10, True, ""),
        ("promo-code", "code_dates", code_dates, 20, True, ""),
        ("participant", "participant_codes", participant_codes, 20, True, "codes"),
        ("participant", "codes_used", codes_used, 30, True, "codes"),
    )
    for page, key, context, order, wide, tab in panels:
        name = key if page != "participant" else f"promo-{key}"
        register_panel(Panel(page, name, template(key), context, tab, SEE, order, wide))
    for page in ("code-batch", "promo-code"):
        register_panel(history_panel(page=page, permission="team.view_auditentry"))
