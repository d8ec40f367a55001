"""Tokens that this deployment signs for its own pages, which need no API key for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac

from api.errors import bad_token
from api.tokens import LONGEST, SKEW_SECONDS, Subject, UserIds

OPTIONS: Final[Any] = {"require": ["exp", "user"]}


@dataclass(frozen=True, slots=True)
class OwnTokens:
    """Tokens for one purpose, worth nothing for another; no API key's account SID looks like a ``purpose``."""

    purpose: str

    def sign(self, user: Mapping[str, Any], *, expires: datetime) -> str:
        """Return a token that speaks for a user until it expires."""
        claims = {"user": dict(user), "exp": int(expires.timestamp())}
        return jwt.encode(claims, self._key(settings.SECRET_KEY), algorithm="HS256", headers={"kid": self.purpose})

    def read(self, token: str) -> Subject | None:
        """
        Return whom a token speaks for, or nothing if it is none of these.

        :raises ApiError: if it is none that holds
        """
        if not self._claims_to_be_one(token):
            return None
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                claims = jwt.decode(
                    token, self._key(secret), algorithms=["HS256"], leeway=SKEW_SECONDS, options=OPTIONS
                )
            except jwt.InvalidSignatureError:
                continue
            except jwt.PyJWTError as error:
                raise bad_token("The token has expired, or is not valid.") from error
            return _subject(claims["user"])
        raise bad_token("The signature does not match.")

    def _claims_to_be_one(self, token: str) -> bool:
        try:
            return len(token) <= LONGEST and jwt.get_unverified_header(token).get("kid") == self.purpose
        except jwt.PyJWTError:
            return False

    def _key(self, secret: str | bytes) -> bytes:
        return salted_hmac(f"widget.{self.purpose}", "", secret=secret, algorithm="sha256").digest()


def _subject(user: Mapping[str, Any]) -> Subject:
    """Return whom we signed, with all that we said of them, or nothing where we gave the ids alone."""
    return Subject(UserIds(user["accountId"], user["id"]), user if user.keys() > {"id", "accountId"} else {})
