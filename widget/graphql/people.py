from __future__ import annotations

from typing import Any, Final

from api.access import Caller
from api.errors import forbidden
from programs.models import Participant
from programs.queries import search_participants
from widget.graphql.areas import Area, Info, attribute, call_of, envelope, instant_of, page_bounds


def _viewer(_root: Any, info: Info) -> Participant | None:
    return call_of(info).participant


def _users(_root: Any, info: Info, limit: int, offset: int, query: str | None = None) -> dict[str, Any]:
    _need_key(call_of(info).caller)
    found = search_participants(query or "").participants.order_by("-created_at", "-pk")
    return envelope(list(found[page_bounds(limit, offset)]), found.count())


def _need_key(caller: Caller) -> None:
    """Refuse whoever shows no API key: a user may not know the others."""
    if caller.key is None:
        raise forbidden("This needs an API key.")


AREA: Final = Area(
    """
    type User implements Viewer {
      id: String! accountId: String! firstName: String lastName: String lastInitial: String email: String
      locale: RSLocale countryCode: String imageUrl: String referable: Boolean dateCreated: RSDate dateBlocked: RSDate
      customFields: RSShallowMap segments: [String!]
    }
    type UserList { data: [User!]! count: Int! totalCount: Int! }
    extend type Query { users(query: String, limit: Int! = 20, offset: Int! = 0): UserList }
    """,
    {
        "Query.viewer": _viewer,
        "Query.users": _users,
        "User.id": attribute("user_id"),
        "User.accountId": attribute("account_id"),
        "User.firstName": attribute("first_name"),
        "User.lastName": attribute("last_name"),
        "User.lastInitial": lambda user, _info: user.last_name[:1],
        "User.locale": lambda user, _info: user.locale or None,
        "User.countryCode": lambda user, _info: user.country_code or None,
        "User.imageUrl": attribute("image_url"),
        "User.dateCreated": instant_of("created_at"),
        "User.dateBlocked": instant_of("date_blocked"),
        "User.customFields": attribute("custom_fields"),
    },
)
