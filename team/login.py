from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Subquery
from django.http import HttpRequest

from advocate.lib.client_address import client_address
from advocate.lib.clock import now
from team.models import Company, User
from team.throttle import LOGIN, TooManyTries, give_back, take_try

logger = logging.getLogger(__name__)


class PasswordBackend(BaseBackend):
    """Log members in by e-mail and password, with a limit on wrong tries; it grants no permission."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **_credentials: Any
    ) -> User | None:
        """
        Return the active member whose password this is.

        Unknown, deactivated and wrong are one answer that takes one time.

        :raises TooManyTries: if the account or the address has no try left, the right password included
        """
        if username is None or password is None:
            return None
        address = client_address(request) if request is not None else ""
        at = now()
        try:
            take_try(limit=LOGIN, account=username, address=address, at=at)
        except TooManyTries:
            logger.warning("login.locked address=%s", address)
            raise
        user = _member_with(email=username, password=password)
        if user is None:
            logger.info("login.refused address=%s", address)
            return None
        give_back(limit=LOGIN, account=username, address=address, at=at)
        return user

    def get_user(self, user_id: int) -> User | None:
        """Return the member if they are active; a deactivated one's sessions are worth nothing at once."""
        # Read together with the member, so that no page needs another query for it.
        company_zone = Company.objects.filter(pk=Company.ONLY_ID).values("time_zone")
        members = User.objects.annotate(company_time_zone=Subquery(company_zone))
        return members.filter(pk=user_id, is_active=True).first()


def _member_with(*, email: str, password: str) -> User | None:
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        make_password(password)  # as long as checking one takes, so that the time does not tell who is a member
        return None
    return user if user.check_password(password) and user.is_active else None
