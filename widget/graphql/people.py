from __future__ import annotations

from typing import Any, Final

from api.access import need_key, refuse_others
from programs.models import Participant
from programs.queries import participant_of, search_participants
from team.models import ApiKey
from widget.graphql.areas import Area, Info, attribute, call_of, envelope, instant_of, page_bounds


def _viewer(_root: Any, info: Info) -> Participant | None:
    return call_of(info).participant


def _users(_root: Any, info: Info, limit: int, offset: int, query: str | None = None) -> dict[str, Any]:
    need_key(call_of(info).caller, ApiKey.Scope.READ)
    found = search_participants(query or "").rows.order_by("-created_at", "-pk")
    shown = list(found[page_bounds(limit, offset)])
    call_of(info).users.update({user.pk: user for user in shown})
    return envelope(shown, found.count())


def _user(_root: Any, info: Info, accountId: str, id: str) -> Participant | None:  # noqa: A002  (the schema's name)
    """Return a user: with a key anybody, with a token the one that it names."""
    caller = call_of(info).caller
    if caller.subject is None:
        need_key(caller, ApiKey.Scope.READ)
    refuse_others(caller, accountId, id)
    return participant_of(account_id=accountId, user_id=id)


AREA: Final = Area(
    """
    type ImpactTaxDocument { status: String type: String dateCreated: RSDate }
    type ImpactWithdrawalSettings { paymentMethod: String }
    type ImpactPayoutsAccount { hold: Boolean holdReasons: [String!] balance: String }
    type ImpactPublisher {
      requiredTaxDocumentType: String currentTaxDocument: ImpactTaxDocument
      withdrawalSettings: ImpactWithdrawalSettings payoutsAccount: ImpactPayoutsAccount
    }
    type ImpactConnection { connected: Boolean! taxHandlingEnabled: Boolean publisher: ImpactPublisher }
    type User implements Viewer {
      id: String! accountId: String! firstName: String lastName: String lastInitial: String email: String
      locale: RSLocale countryCode: String imageUrl: String referable: Boolean dateCreated: RSDate dateBlocked: RSDate
      customFields: RSShallowMap segments: [String!] impactConnection: ImpactConnection
    }
    type UserList { data: [User!]! count: Int! totalCount: Int! }
    extend type Query {
      users(query: String, limit: Int! = 20, offset: Int! = 0): UserList
      user(accountId: String!, id: String!): User
    }
    """,
    {
        "Query.viewer": _viewer,
        "Query.users": _users,
        "Query.user": _user,
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
