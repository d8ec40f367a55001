from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.access import need_writer
from api.refusals import body_of
from api.registering import registration_of, touches_of
from api.schemas.users import UserBody
from programs.models import Participant
from programs.queries import codes_that_referred_each
from rewards import attribution
from widget.graphql.areas import Area, Info, call_of


def _upsert(_root: Any, info: Info, userInput: Mapping[str, Any]) -> Participant:
    """Register a user, or change what differs, as ``PUT /open/account/…/user/…`` does."""
    call = call_of(info)
    need_writer(call.caller)
    body = body_of(UserBody, dict(userInput))
    user = attribution.upsert_user(
        account_id=body.account_id,
        user_id=body.id,
        registration=registration_of(call.caller, body.account_id, body.id, body),
        touches=touches_of(call.request, body),
        by=call.caller.actor,
        at=call.caller.at,
    )
    return user.participant


def _referred_by(user: Participant, info: Info) -> list[str]:
    """Return the codes that the user came by, read once for all users on a page."""
    call = call_of(info)
    if user.pk not in call.codes_that_referred:
        call.codes_that_referred.update(codes_that_referred_each(call.unread_with(user, call.codes_that_referred)))
    return call.codes_that_referred[user.pk]


AREA: Final = Area(
    """
    scalar SegmentOperation
    input UserInput {
      id: String! accountId: String! firstName: String lastName: String email: String locale: RSLocale
      countryCode: String imageUrl: String referable: Boolean referralCodes: RSShallowMap customFields: RSJsonNode
      segments: [SegmentOperation!] referredByCodes: [String!] cookies: String
    }
    extend type User { referredByCodes: [String!]! }
    extend type Mutation { upsertUser(userInput: UserInput!): User }
    """,
    {
        "Mutation.upsertUser": _upsert,
        "User.referredByCodes": _referred_by,
    },
)
