"""What Overview shows of programs: whether people join and refer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from advocate.lib.capped import CappedCount, capped_count
from advocate.lib.clock import now
from advocate.lib.figures import Figure, counted
from advocate.lib.panels import Panel, register_panel
from programs.models import Participant, Referral

SPAN: Final = timedelta(days=30)


def joined_since(since: datetime) -> QuerySet[Participant]:
    """Return the participants added since an instant."""
    return Participant.objects.filter(created_at__gte=since)


def started_since(since: datetime) -> QuerySet[Referral]:
    """Return the referrals started since an instant."""
    return Referral.objects.filter(date_started__gte=since)


def people(_request: HttpRequest, _none: object) -> Mapping[str, Any]:
    """Return how many joined, were referred and converted in the last 30 days."""
    since = now() - SPAN
    started = capped_count(started_since(since))
    converted = capped_count(started_since(since).filter(date_converted__isnull=False))
    feed = f"{reverse('admin:programs_referral_changelist')}?started=30-days"
    return {
        "title": _("Participants and referrals"),
        "span": _("Last 30 days"),
        "figures": [
            Figure(
                _("New participants"), counted(joined_since(since)), reverse("admin:programs_participant_changelist")
            ),
            Figure(_("Referrals started"), started.text, feed),
            Figure(_("Of these converted"), converted.text, f"{feed}&status=converted"),
            *_rate(started, converted),
        ],
    }


def _rate(started: CappedCount, converted: CappedCount) -> list[Figure]:
    """Return which part of the referrals has converted, where both numbers are whole."""
    if started.is_capped or not started.value:
        return []
    percent = converted.value * 100 / started.value
    return [Figure(_("Conversion rate"), f"{number_format(percent, decimal_pos=1)}%")]


def register() -> None:
    """Add the card to Overview."""
    register_panel(
        Panel("overview", "people", "components/figures.html", people, permission="programs.view_participant", order=20)
    )
