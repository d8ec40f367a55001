"""The signed links of mails: each works for one member, for a time, and once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36, urlsafe_base64_encode

from advocate.lib.clock import now
from team.models import User


@dataclass(frozen=True, slots=True)
class LinkTokens:
    """
    Make and check the tokens of one kind of link.

    A token signs the state that using the link changes (the password and the time of joining), so that a used link
    is no link any more; nothing is stored. It has the methods that Django's password views ask of a token generator.
    """

    purpose: str
    lifetime: timedelta

    def make_token(self, user: User, at: datetime | None = None) -> str:
        """Return a token that is valid for ``lifetime`` from ``at`` on."""
        made = int((at or now()).timestamp())
        return f"{int_to_base36(made)}-{self._signature(user, made, settings.SECRET_KEY)}"

    def check_token(self, user: User | None, token: str | None, at: datetime | None = None) -> bool:
        """Say whether the token is the member's, unused and not too old."""
        stamp, _, signature = (token or "").partition("-")
        try:
            made = base36_to_int(stamp)
        except ValueError:
            return False
        if user is None or not user.is_active or not self._is_fresh(made, at or now()):
            return False
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return any(constant_time_compare(self._signature(user, made, secret), signature) for secret in secrets)

    def _is_fresh(self, made: int, at: datetime) -> bool:
        age = at.timestamp() - made
        return -60 <= age <= self.lifetime.total_seconds()

    def _signature(self, user: User, made: int, secret: str | bytes) -> str:
        state = (user.pk, user.email, user.password, _seconds(user.invited_at), _seconds(user.joined_at), made)
        digest = salted_hmac(f"team.links.{self.purpose}", "|".join(map(str, state)), secret=secret, algorithm="sha256")
        return digest.hexdigest()[::2]


INVITATION: Final = LinkTokens("invitation", lifetime=timedelta(days=7))
PASSWORD_RESET: Final = LinkTokens("password_reset", lifetime=timedelta(hours=2))


def member_code(user: User) -> str:
    """Return the part of a link that says whose it is."""
    return urlsafe_base64_encode(str(user.pk).encode())


def _seconds(value: datetime | None) -> str:
    return value.astimezone(UTC).isoformat() if value else ""
