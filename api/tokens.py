"""The tokens (JWT, HS256) that shops sign for their users: who the user is, proven by the secret of an API key."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import jwt

from api.errors import ApiError, bad_token
from team.models import ApiKey
from team.queries import key_of_sid, newest_keys
from team.secrets import SecretLost, decrypt

LONGEST: Final = 16_384
SKEW_SECONDS: Final = 60
CHECKSUM: Final = "The signature does not match. The header's kid must be the account SID of the key that signed it."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UserIds:
    """The ids of a user, as a path or a token names them."""

    account_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token speaks for; ``user`` is all that it says of them, empty where it gives the ids alone."""

    ids: UserIds
    user: Mapping[str, Any] = field(default_factory=dict)

    def is_for(self, account_id: str, user_id: str) -> bool:
        """Say whether the token speaks for the user of these ids."""
        return UserIds(account_id, user_id) == self.ids


def read_token(token: str, *, tenant_alias: str) -> tuple[Subject, ApiKey]:
    """
    Return whom a token speaks for and the key whose secret signed it.

    :raises ApiError: if it proves nothing
    """
    if len(token) > LONGEST:
        raise bad_token("The token is too long.")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise bad_token("This is not a token.") from error
    for key in _keys(header.get("kid")):
        claims = _claims(token, key)
        if claims is not None:
            return _subject(claims, tenant_alias), key
    raise ApiError(401, "UNAUTHORIZED", CHECKSUM, rs="RS006")


def _keys(kid: Any) -> list[ApiKey]:
    if isinstance(kid, str) and "\x00" not in kid and (named := key_of_sid(kid)):
        return [named]
    return newest_keys()


def _claims(token: str, key: ApiKey) -> dict[str, Any] | None:
    """Return what the token claims if this key signed it."""
    try:
        secret = decrypt(key.secret_encrypted)
    except SecretLost:
        logger.warning("api_key.secret_lost key=%s", key.pk)
        return None
    try:
        # The audience is nobody's in this protocol; everything else that a token states about itself must hold.
        options: Any = {"verify_aud": False, "verify_sub": False}
        return dict(jwt.decode(token, secret, algorithms=["HS256"], leeway=SKEW_SECONDS, options=options))
    except jwt.InvalidSignatureError:
        return None
    except jwt.ExpiredSignatureError as error:
        raise bad_token("The token has expired.") from error
    except jwt.PyJWTError as error:
        raise bad_token("The token is not valid.") from error


def _subject(claims: Mapping[str, Any], tenant_alias: str) -> Subject:
    user, sub = claims.get("user"), claims.get("sub")
    if isinstance(user, dict) and sub is None:
        account_id, user_id = user.get("accountId"), user.get("id")
        if _is_id(account_id) and _is_id(user_id):
            is_whole = user.keys() > {"id", "accountId"}
            return Subject(UserIds(str(account_id), str(user_id)), user if is_whole else {})
    elif isinstance(sub, str) and user is None:
        named, _at, alias = sub.rpartition("@")
        if alias == f"{tenant_alias}:users" and (ids := _named(named)):
            return Subject(ids)
    raise bad_token("The token must name one user: either user with id and accountId, or sub.")


def _named(text: str) -> UserIds | None:
    """
    Return whom ``account:user`` means; both ids in base64 is the newer form.

    Where an id holds a colon itself, nobody can tell where it ends: such users need the newer form or ``user``.
    """
    parts = text.split(":")
    if len(parts) != 2 or not all(map(_is_id, parts)):
        return None
    return _decoded(*parts) or UserIds(*parts)


def _decoded(account: str, user: str) -> UserIds | None:
    try:
        account_id, user_id = (base64.b64decode(part, validate=True).decode() for part in (account, user))
    except (binascii.Error, ValueError):
        return None
    return UserIds(account_id, user_id) if account_id.isprintable() and user_id.isprintable() else None


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and "\x00" not in value
