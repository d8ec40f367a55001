"""The page that reverses an order: what would be taken back, what would stay, and why it is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from advocate.lib.admin import number
from advocate.lib.clock import now
from programs.admin.form_pages import actor_of, form_data
from programs.models import Conversion
from rewards.amounts import amount_text
from rewards.attribution.conversions import Reversal, reverse_conversion
from rewards.forms import ReasonForm
from rewards.models import Reward
from rewards.rules.taking_back import why_kept

REVERSE: Final = "programs.reverse_conversion"
MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Touched:
    """A reward of the order, what it is worth, and what of it would stay; nothing is said where all is taken back."""

    reward: Reward
    value: str
    stays: str


def can_reverse(request: HttpRequest, conversion: Conversion) -> bool:
    """Say whether the person may reverse the order as it is."""
    user: Any = request.user
    return conversion.reversed_at is None and user.has_perm(REVERSE)


def reverse_view(request: HttpRequest, conversion_id: int) -> HttpResponse:
    """Show what a reversal would take back, ask why, and reverse the order."""
    if not request.user.has_perm(REVERSE):
        raise PermissionDenied
    conversion = get_object_or_404(Conversion.objects.select_related("program"), pk=conversion_id)
    if conversion.reversed_at is not None:
        messages.info(request, _("The order was reversed before."))
        return HttpResponseRedirect(_page_of(conversion))
    form = ReasonForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        _tell(request, reverse_conversion(conversion=conversion, reason=reason, by=actor_of(request), at=now()))
        return HttpResponseRedirect(_page_of(conversion))
    context = {
        **admin.site.each_context(request),
        "title": _("Reverse the order %(number)s?") % {"number": conversion.order_id},
        "conversion": conversion,
        "form": form,
        "touched": rewards_touched(conversion, at=now()),
        "list_title": _("Conversions"),
        "list_url": reverse("admin:programs_conversion_changelist"),
        "conversion_url": _page_of(conversion),
    }
    return TemplateResponse(request, "rewards/reverse_conversion.html", context)


def rewards_touched(conversion: Conversion, *, at: datetime) -> list[Touched]:
    """Return the order's rewards that are not cancelled, with what of each a reversal would leave."""
    rewards = Reward.objects.filter(conversion=conversion).exclude(status=Reward.Status.CANCELLED)
    return [
        Touched(reward, amount_text(reward.amount, reward.unit), why_kept(reward, at=at))
        for reward in rewards.select_related("unit", "participant").order_by("pk")[:MOST_SHOWN]
    ]


def _tell(request: HttpRequest, reversal: Reversal) -> None:
    """Say what was taken back, and of each reward that stays, why."""
    taken = reversal.taken_back
    if not reversal.is_new:
        messages.info(request, _("The order was reversed before."))
        return
    count = len(taken.cancelled)
    cancelled = ngettext(
        "The order was reversed. %(count)s reward was cancelled.",
        "The order was reversed. %(count)s rewards were cancelled.",
        count,
    )
    messages.success(request, cancelled % {"count": number(count)} if count else _("The order was reversed."))
    if taken.kept:
        messages.warning(request, _kept_words(taken.kept))


def _kept_words(kept: Any) -> SafeString:
    return format_html_join(" ", "{}: {}", ((one.reward.participant, one.why) for one in kept))


def _page_of(conversion: Conversion) -> str:
    return reverse("admin:programs_conversion_change", args=[conversion.pk])
