"""What a user did, as a caller tells it: the same for the API and for GraphQL."""

from __future__ import annotations

from typing import Any

from api.access import Caller, refuse_others
from api.instants import instant, milliseconds
from api.schemas.events import EventsBody
from api.views.users import found_user
from programs.operations import NewEvent
from rewards.attribution.events import take_events


def stored_events(body: EventsBody, *, caller: Caller) -> list[dict[str, Any]]:
    """
    Store what a user did, and return it as the API writes it.

    :raises ApiError: if there is no such user, or the caller's token is another's
    :raises DomainError: as ``take_events`` does
    """
    refuse_others(caller, body.account_id, body.user_id)
    stored = take_events(
        participant=found_user(body.account_id, body.user_id),
        events=[
            NewEvent(
                key=event.key,
                event_id=event.id,
                fields=event.fields,
                triggered_at=instant(event.date_triggered) if event.date_triggered is not None else None,
            )
            for event in body.events
        ],
        idempotency_key=body.idempotency_key,
        count_orders=caller.key is not None,  # what a browser says it has bought proves nothing
        by=caller.actor,
        at=caller.at,
    )
    received = milliseconds(caller.at)
    return [
        {
            "id": event.event_id or event.public_id,
            "key": event.key,
            "fields": event.fields,
            "dateTriggered": milliseconds(event.triggered_at),
            "dateReceived": received,
            "dateProcessed": received,
        }
        for event in stored
    ]
