from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.access import USER_WRITES, caller_of
from api.errors import bad_request, reply
from api.events import stored_events
from api.schemas.events import EventsBody, EventsOut
from api.views.rewards import CONFLICTS

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
    events = stored_events(body, caller=caller)
    return reply({"userId": user_id, "accountId": account_id, "events": events})
