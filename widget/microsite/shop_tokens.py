"""A user's token that the shop has signed, as the key to a microsite: the same that widgets load with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from pydantic import ValidationError

from api.access import Caller, Token
from api.bodies import BadJson, refuse_unstorable
from api.errors import ApiError, forbidden
from api.registering import codes_sent, registration_of
from api.schemas.users import UserBody
from api.tokens import UserIds
from programs.models import Participant
from programs.operations import Registration
from programs.queries import participant_of
from rewards.attribution import SentCode
from team.queries import company
from widget.operations import LinkNotValid

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SignedUser:
    """Whom a shop has signed; ``registration`` is what it says of them, nothing where it only names them."""

    caller: Caller
    ids: UserIds
    name: str
    registration: Registration | None = None
    touches: Sequence[SentCode] = ()


def is_shops_token(text: str) -> bool:
    """Say whether what stands in a link is a shop's token; a link of our own has no dots."""
    return "." in text


def signed_user(request: HttpRequest, token: str) -> SignedUser:
    """
    Return whom a shop's token lets in, by the same checks as a widget's load.

    :raises LinkNotValid: if it proves nothing, or not enough
    :raises ApiError: if the caller's address tried too often
    """
    alias = company().tenant_alias
    try:
        caller = Token().admit(request, token, tenant_alias=alias)
        return _user(caller, alias)
    except (ApiError, ValidationError, BadJson) as error:
        if isinstance(error, ApiError) and error.status == 429:
            raise
        logger.info("microsite.token_refused error=%s", type(error).__name__)
        raise LinkNotValid from error


def _user(caller: Caller, alias: str) -> SignedUser:
    if caller.subject is None:
        raise LinkNotValid
    ids, told = caller.subject.ids, caller.subject.user
    known = participant_of(account_id=ids.account_id, user_id=ids.user_id)
    if not told:
        if known is None:
            raise LinkNotValid
        return SignedUser(caller, ids, str(known))
    if not caller.may_write:
        raise forbidden("The API key that signed this token may only read.")
    refuse_unstorable(told)
    body = UserBody.model_validate(told)
    registration = registration_of(caller, ids.account_id, ids.user_id, body)
    return SignedUser(caller, ids, _name(known, ids, registration), registration, codes_sent(body, tenant_alias=alias))


def _name(known: Participant | None, ids: UserIds, registration: Registration) -> str:
    """Return what they are called once they are registered, which happens when they press the button."""
    names = ("first_name", "last_name", "email")
    kept = {name: getattr(known, name, "") for name in names}
    said = {name: value for name, value in registration.values.items() if name in names}
    return str(Participant(user_id=ids.user_id, **{**kept, **said}))
