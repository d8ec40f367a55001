"""Who calls, and whether they may: an API key by Basic auth, a user by a token, or anyone."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest
from ninja.security.base import AuthBase

from advocate.lib import clock
from api.errors import ApiError, forbidden, tenant_not_found, unauthorized
from api.throttle import WRONG_KEYS, count_call, open_calls
from api.tokens import Subject, read_token
from team.audit import Actor
from team.models import ApiKey
from team.operations import note_key_use
from team.queries import company, key_of_secret

USER_TOKEN: Final = "X-SaaSquatch-User-Token"  # noqa: S105  # a header's name
SID_LENGTH: Final = 26


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a call comes from; neither a key nor a subject is anyone."""

    at: datetime
    key: ApiKey | None = None
    subject: Subject | None = None
    may_write: bool = True  # a token is worth no more than the key that signed it

    @property
    def actor(self) -> Actor:
        """Return who the audit list and the ledger name."""
        if self.key is not None:
            return Actor.of_key(self.key)
        if self.subject is not None:
            return Actor(label=f"user {self.subject.ids.user_id}"[:254])
        return Actor(label="anyone")


def tenant_alias_of(request: HttpRequest) -> str:
    """Return the tenant alias in the request's address."""
    match = request.resolver_match
    return str(match.kwargs.get("tenant_alias", "")) if match else ""


def account_sid_of(request: HttpRequest) -> str:
    """Return the account SID in the request's address."""
    match = request.resolver_match
    return str(match.kwargs.get("account_sid", "")) if match else ""


class Key(AuthBase):
    """Let API keys in whose scope suffices."""

    openapi_type = "http"
    openapi_scheme = "basic"

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Caller | None:
        """
        Return the caller if Basic credentials were sent.

        :raises ApiError: if they open nothing, not this tenant, or not this
        """
        secrets = basic_secrets(request)
        if secrets is None:
            return None
        key = _key(*secrets)
        is_right = self.opens(key, request)
        at = clock.now()
        if key is None or not is_right:
            count_call(request, WRONG_KEYS, at=at)
            raise unauthorized()
        note_key_use(key=key, at=at)
        _refuse_lesser(key, self.scope)
        return Caller(at, key=key)

    def opens(self, key: ApiKey | None, request: HttpRequest) -> bool:
        """
        Say whether a key, or anybody's if there is none, is one for this address.

        :raises ApiError: if there is no such tenant
        """
        alias = key.tenant_alias if key else company().tenant_alias  # type: ignore[attr-defined]  # annotated
        if alias != tenant_alias_of(request):
            raise tenant_not_found()
        return True


class AccountKey(Key):
    """Let API keys in under the address of their own account SID."""

    def opens(self, key: ApiKey | None, request: HttpRequest) -> bool:
        """Say whether the address names the key's account SID."""
        return key is not None and key.account_sid == account_sid_of(request)


class Token(AuthBase):
    """Let users in by their token; ``whole`` asks that it holds the whole user, as calls that change something need."""

    openapi_type = "http"
    openapi_scheme = "bearer"
    openapi_bearerFormat = "JWT"  # noqa: N815  # the name is OpenAPI's

    def __init__(self, *, whole: bool = False) -> None:
        super().__init__()
        self.whole = whole

    def __call__(self, request: HttpRequest) -> Caller | None:
        """
        Return the caller if a token was sent.

        :raises ApiError: if it proves nothing, not for this tenant, or not enough
        """
        token = sent_token(request)
        return self.admit(request, token) if token else None

    def admit(self, request: HttpRequest, token: str, *, tenant_alias: str = "") -> Caller:
        """
        Return the caller whom a token names, to the tenant in the request's address where none is given.

        :raises ApiError: if it proves nothing, not for this tenant, or not enough
        """
        at = clock.now()
        count_call(request, open_calls(), at=at)
        subject, key = _proven(token, tenant_alias or tenant_alias_of(request))
        caller = Caller(at, subject=subject, may_write=key.allows(ApiKey.Scope.WRITE))
        if self.whole:
            _refuse_readers(caller, subject)
        return caller


def _proven(token: str, alias: str) -> tuple[Subject, ApiKey]:
    """
    Return whom a token speaks for and its key, which knows the tenant: one query less for what comes all the time.

    :raises ApiError: if it proves nothing, or not for this tenant, which is said first
    """
    try:
        subject, key = read_token(token, tenant_alias=alias)
    except ApiError:
        if company().tenant_alias != alias:
            raise tenant_not_found() from None
        raise
    if key.tenant_alias != alias:  # type: ignore[attr-defined]  # annotated
        raise tenant_not_found()
    return subject, key


class Anyone:
    """Let everybody in, a limited number of times a minute."""

    def __call__(self, request: HttpRequest) -> Caller:
        """
        Return the caller that is anyone.

        :raises ApiError: if they called too often, or another tenant
        """
        if company().tenant_alias != tenant_alias_of(request):
            raise tenant_not_found()
        at = clock.now()
        count_call(request, open_calls(), at=at)
        return Caller(at)


Doors = Sequence[Callable[[HttpRequest], Any]]
KEY_READS: Final[Doors] = [Key("read")]
KEY_WRITES: Final[Doors] = [Key("write")]
KEY_MOVES_MONEY: Final[Doors] = [Key("money")]
USER_READS: Final[Doors] = [Key("read"), Token()]
USER_WRITES: Final[Doors] = [Key("write"), Token(whole=True)]
ACCOUNT_READS: Final[Doors] = [AccountKey("read")]
ACCOUNT_WRITES: Final[Doors] = [AccountKey("write")]
ANYONE: Final[Doors] = [Key("read"), Anyone()]


def caller_of(request: HttpRequest) -> Caller:
    """Return whom the doors let in."""
    caller: Caller = request.auth  # type: ignore[attr-defined]  # set by ninja
    return caller


def refuse_others(caller: Caller, account_id: str, user_id: str) -> None:
    """
    Refuse a user's token that speaks for somebody else.

    :raises ApiError: if it does
    """
    if caller.subject is not None and not caller.subject.is_for(account_id, user_id):
        raise forbidden("This token speaks for another user.")


def need_key(caller: Caller, scope: str) -> None:
    """
    Refuse a caller without an API key whose scope suffices, where one door lets in who may do different things.

    :raises ApiError: if it does not
    """
    if caller.key is None:
        raise forbidden("This needs an API key.")
    _refuse_lesser(caller.key, scope)


def need_writer(caller: Caller) -> None:
    """
    Refuse a caller who may not change a user: it takes an API key that may write, or a token of the whole user.

    :raises ApiError: if they may not
    """
    if caller.subject is None:
        need_key(caller, ApiKey.Scope.WRITE)
    else:
        _refuse_readers(caller, caller.subject)


def _refuse_lesser(key: ApiKey, scope: str) -> None:
    if not key.allows(scope):
        raise forbidden(f"This API key has the scope “{key.scope}”; the call needs “{scope}”.")


def _refuse_readers(caller: Caller, subject: Subject) -> None:
    if not caller.may_write:
        raise forbidden("The API key that signed this token may only read.")
    if not subject.user:
        raise forbidden("This token only allows reading: sign the whole user to change something.")


def basic_secrets(request: HttpRequest) -> tuple[str, str] | None:
    """
    Return the user name and password of Basic auth.

    :raises ApiError: if the header cannot be read
    """
    scheme, _space, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise unauthorized() from error
    user, colon, password = decoded.partition(":")
    if not colon:
        raise unauthorized()
    return user, password


def sent_token(request: HttpRequest) -> str:
    """Return the token of a user from either of its two headers."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get(USER_TOKEN, "").strip()


def _key(user: str, password: str) -> ApiKey | None:
    """
    Return the key of the four forms that clients send.

    They are ``:secret``, ``secret:``, any word before the secret, and the account SID before it. An account SID of
    another key is no such word.
    """
    key = key_of_secret(password or user)
    if key is None or not password or user == key.account_sid:
        return key
    is_sid = len(user) == SID_LENGTH and user.startswith("AD")
    return None if is_sid else key


__all__ = [
    "ACCOUNT_READS",
    "ACCOUNT_WRITES",
    "ANYONE",
    "KEY_MOVES_MONEY",
    "KEY_READS",
    "KEY_WRITES",
    "USER_READS",
    "USER_WRITES",
    "ApiError",
    "Caller",
    "account_sid_of",
    "caller_of",
    "refuse_others",
]
