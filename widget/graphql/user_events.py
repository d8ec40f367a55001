from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.access import need_writer
from api.events import stored_events
from api.refusals import body_of
from api.schemas.events import EventsBody
from programs.queries import participant_of
from widget.graphql.areas import Area, Info, call_of


def _log(_root: Any, info: Info, userEventInput: Mapping[str, Any]) -> dict[str, Any]:
    """Store what a user did, as ``POST /open/account/…/user/…/events`` does."""
    caller = call_of(info).caller
    need_writer(caller)
    body = body_of(EventsBody, _without_empty(userEventInput))
    events = stored_events(body, caller=caller)
    ids = {"userId": body.user_id, "accountId": body.account_id}
    return {**ids, "events": [{**ids, **event} for event in events]}


def _without_empty(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was sent without the fields that GraphQL's clients leave empty, where the API's leave them out."""
    events = [{name: value for name, value in event.items() if value is not None} for event in sent["events"]]
    return {**sent, "events": events}


AREA: Final = Area(
    """
    input UserEventDataInput { key: String! id: ID fields: RSJsonNode dateTriggered: RSDate }
    input UserEventInput {
      userId: String! accountId: String! events: [UserEventDataInput!]! idempotencyKey: String
    }
    type UserEventData {
      id: ID! userId: String! accountId: String! key: String! fields: RSJsonNode
      dateTriggered: RSDate dateReceived: RSDate dateProcessed: RSDate
    }
    type UserEventResult { userId: String! accountId: String! user: User events: [UserEventData!]! }
    extend type Mutation { logUserEvent(userEventInput: UserEventInput!): UserEventResult }
    """,
    {
        "Mutation.logUserEvent": _log,
        "UserEventResult.user": lambda result, _info: participant_of(
            account_id=result["accountId"], user_id=result["userId"]
        ),
    },
)
