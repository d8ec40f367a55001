from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.access import USER_WRITES, caller_of, refuse_others
from api.errors import bad_request, reply
from api.instants import instant, milliseconds
from api.schemas.events import EventsBody, EventsOut
from api.views.rewards import CONFLICTS
from api.views.users import found_user
from programs.operations import NewEvent
from rewards.attribution.events import take_events

router = Router(by_alias=True, tags=["Events"])


@router.post(
    "/open/account/{path:account_id}/user/{path:user_id}/events",
    auth=USER_WRITES,
    response={200: EventsOut, **CONFLICTS},
)
def send_events(request: HttpRequest, account_id: str, user_id: str, body: EventsBody) -> HttpResponse:
    """
    Store what a user did; the same `idempotencyKey` again is answered 409 and stores nothing.

    The keys `purchase` and `refund` are about an order, which `order_id`, `total`, `currency` and `coupon` among the
    fields describe: sent with an API key, a purchase is a conversion, and a refund takes it back.
    """
    caller = caller_of(request)
    if (body.account_id, body.user_id) != (account_id, user_id):
        raise bad_request("userId and accountId in the body must be those in the address.")
    refuse_others(caller, account_id, user_id)
    stored = take_events(
        participant=found_user(account_id, user_id),
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
    events = [
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
    return reply({"userId": user_id, "accountId": account_id, "events": events})
