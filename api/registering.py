"""What a caller sends of a user, made ready for registering: the same for the API and for the shop's script."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest

from api.access import Caller, refuse_others, tenant_alias_of
from api.cookies import codes_of_cookie
from api.errors import bad_request, forbidden
from api.schemas.users import UserBody
from programs.models import Touch
from programs.operations import Registration
from rewards.attribution import SentCode

PROFILE: Final = ("first_name", "last_name", "email", "referable", "locale", "country_code", "image_url")


def registration_of(caller: Caller, account_id: str, user_id: str, body: UserBody) -> Registration:
    """
    Return what is to be registered.

    :raises ApiError: if body and path name two users, or a token's user is not the body's
    """
    if (body.account_id, body.id) != (account_id, user_id):
        raise bad_request("id and accountId in the body must be those in the address.")
    refuse_others(caller, account_id, user_id)
    sent = body.model_dump(exclude_none=True)
    if caller.subject is not None:
        # The cookie is the browser's own: no server can sign it.
        _refuse_unsigned(caller.subject.user, body.model_dump(by_alias=True, exclude_none=True, exclude={"cookies"}))
    segments = sent.get("segments", [])
    return Registration(
        values={name: sent[name] for name in PROFILE if name in sent},
        add_segments=[segment for segment in segments if not segment.startswith("~")],
        remove_segments=[segment[1:] for segment in segments if segment.startswith("~")],
        custom_fields=body.custom_fields or {},
        codes=sent.get("referral_codes", {}),
    )


def touches_of(request: HttpRequest, body: UserBody) -> list[SentCode]:
    """
    Return the codes that came with a user, those named before those of the browser.

    :raises ApiError: if the cookie cannot be read
    """
    return codes_sent(body, tenant_alias=tenant_alias_of(request))


def codes_sent(body: UserBody, *, tenant_alias: str) -> list[SentCode]:
    """
    Return the codes that a user was sent with, those named before those of the cookie.

    :raises ApiError: if the cookie cannot be read
    """
    texts = [*(body.referred_by_codes or ()), (body.referred_by and body.referred_by.code) or ""]
    named = [SentCode(text, Touch.Door.UPSERT) for text in filter(None, texts)]
    return [*named, *codes_of_cookie(body.cookies or "", tenant_alias=tenant_alias)]


def _refuse_unsigned(signed: Any, sent: dict[str, Any]) -> None:
    """Refuse what the shop has not signed: the sender is somebody's browser."""
    for name, value in sent.items():
        if signed.get(name) != value:
            raise forbidden(f"{name} is not what the token says.")
