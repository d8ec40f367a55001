from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from programs.models import EventSubmission, Participant, ParticipantEvent
from team.audit import Actor


class EventsSentBefore(DomainError):
    """The idempotency key came before, with these events or others; nothing is stored again."""

    code = "events_sent_before"
    message = _("Events with the idempotency key “%(key)s” were sent before.")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """Something that a shop saw a participant do, such as a purchase; ``key`` names what."""

    key: str
    fields: Mapping[str, Any]
    event_id: str = ""
    triggered_at: datetime | None = None


@transaction.atomic
def record_events(
    *, participant: Participant, events: Sequence[NewEvent], idempotency_key: str | None, by: Actor, at: datetime
) -> list[ParticipantEvent]:
    """
    Store what a participant did, in its order.

    :raises EventsSentBefore: if events came with this key before
    """
    submission = EventSubmission(participant=participant, sent_by=by.label, received_at=at)
    submission.idempotency_key = idempotency_key or None  # type: ignore[assignment]  # most have none
    try:
        with transaction.atomic():
            submission.save(force_insert=True)
    except IntegrityError as error:
        if EventSubmission.objects.filter(idempotency_key=idempotency_key).exists():
            raise EventsSentBefore(key=idempotency_key) from error
        raise
    return ParticipantEvent.objects.bulk_create(
        ParticipantEvent(
            submission=submission,
            participant=participant,
            key=event.key,
            event_id=event.event_id,
            fields=dict(event.fields),
            triggered_at=event.triggered_at or at,
            received_at=at,
        )
        for event in events
    )
