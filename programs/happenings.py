"""What a participant's activity tells of their orders and events."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from programs.activity import ActivityLine, register_activity
from programs.models import Conversion, Participant, ParticipantEvent


def orders(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return what the participant ordered, and which orders were reversed."""
    found = Conversion.objects.filter(friend=participant).select_related("program")
    last = Coalesce("reversed_at", "happened_at")
    return [step for conversion in found.order_by(last.desc(), "-pk")[:limit] for step in _steps(conversion)]


def _steps(conversion: Conversion) -> Iterator[ActivityLine]:
    yield _line(conversion, _("Ordered:"), conversion.happened_at)
    if conversion.reversed_at is not None:
        yield _line(conversion, _("An order was reversed:"), conversion.reversed_at, conversion.reversal_reason)


def _line(conversion: Conversion, what: str, at: datetime, detail: str = "") -> ActivityLine:
    return ActivityLine(
        at=at,
        what=what,
        name=conversion.order_id,
        url=reverse("admin:programs_conversion_change", args=[conversion.pk]),
        program=conversion.program.name,
        detail=detail,
    )


def events(participant: Participant, *, limit: int) -> list[ActivityLine]:
    """Return what the shop saw the participant do."""
    found = ParticipantEvent.objects.filter(participant=participant).select_related("submission")
    return [
        ActivityLine(at=event.triggered_at, what=_("Event:"), who=event.submission.sent_by, name=event.key)
        for event in found.order_by("-triggered_at", "-pk")[:limit]
    ]


def register() -> None:
    """Let participants' activity tell of them."""
    register_activity(orders, permission="programs.view_conversion")
    register_activity(events, permission="programs.view_participant")
