from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from api.access import Caller, caller_of, refuse_others
from api.errors import forbidden, reply
from api.registering import registration_of, touches_of
from api.schemas.users import UserBody
from api.views.users import found_user
from api.wire.users import open_user
from rewards import attribution
from rewards.attribution import RegisteredUser
from widget.doors.callers import SOMEBODY
from widget.loading import Asker, Wanted, load

router = Router(tags=["Widget"])


@router.put("/widget/account/{path:account_id}/user/{path:user_id}/upsert", auth=list(SOMEBODY))
def upsert_and_render(
    request: HttpRequest,
    account_id: str,
    user_id: str,
    body: UserBody,
    widget_type: str = Query("", alias="widgetType"),
    medium: str = Query("", alias="engagementMedium"),
    locale: str = "",
) -> HttpResponse:
    """Register a user as the API does, attribute them, and return their widget."""
    caller = caller_of(request)
    wanted = Wanted(widget_type=widget_type, medium=medium, locale=locale)
    wanted.check()
    user = _user(request, caller, account_id, user_id, body)
    asker = Asker.of(request, caller)
    loaded = load(wanted, participant=user.participant, asker=asker, held=user.codes, own_language_first=False)
    return reply({"user": _shown(user), "template": loaded.template, "jsOptions": loaded.js_options})


def _user(request: HttpRequest, caller: Caller, account_id: str, user_id: str, body: UserBody) -> RegisteredUser:
    """
    Return the user, registered with what the shop has signed; a token that only names them changes nothing.

    :raises ApiError: if they may not be registered so
    """
    refuse_others(caller, account_id, user_id)
    if caller.subject is not None and not caller.subject.user:
        return attribution.user_of(found_user(account_id, user_id))
    if not caller.may_write:
        raise forbidden("The API key that signed this token may only read.")
    return attribution.upsert_user(
        account_id=account_id,
        user_id=user_id,
        registration=registration_of(caller, account_id, user_id, body),
        touches=touches_of(request, body),
        by=caller.actor,
        at=caller.at,
    )


def _shown(user: RegisteredUser) -> dict[str, Any]:
    """Return the user, with the code that they came by where the shop's script looks for it."""
    shown = open_user(user)
    return {**shown, "referredBy": {"code": user.referred_by[0]}} if user.referred_by else shown
