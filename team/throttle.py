"""So many tries in so long a time, for an account and for an address, however many are made at once."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import ngettext

from advocate.lib.client_address import network_of
from advocate.lib.errors import DomainError
from team.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries of one kind are allowed within any stretch of ``window``."""

    name: str
    tries: int
    window: timedelta


LOGIN: Final = Limit(name="login", tries=10, window=timedelta(minutes=5))
PASSWORD_RESET: Final = Limit(name="reset", tries=5, window=timedelta(minutes=15))


class TooManyTries(DomainError):
    """The limit is reached; ``wait`` says how long until one more try is allowed."""

    code = "too_many_tries"

    def __init__(self, *, wait: timedelta) -> None:
        super().__init__(wait=wait)
        self.wait = wait

    def __str__(self) -> str:
        minutes = max(1, math.ceil(self.wait.total_seconds() / 60))
        return ngettext(
            "Too many wrong tries. Try again in %(minutes)d minute.",
            "Too many wrong tries. Try again in %(minutes)d minutes.",
            minutes,
        ) % {"minutes": minutes}


@transaction.atomic
def take_try(*, limit: Limit, account: str, address: str, at: datetime) -> None:
    """
    Count a try against the account and the address before it is made.

    Counting first is what makes it safe: however many come at once, no more than the limit get through to the
    password. A try that turns out right is given back by ``give_back``.

    :raises TooManyTries: if either has none left; nothing is counted then, so that trying on prolongs nothing
    """
    rows = _lock(limit=limit, account=account, address=address, at=at)
    recent = {row.key: _recent(row, limit=limit, at=at) for row in rows}
    waits = [_wait(tries, limit=limit, at=at) for tries in recent.values() if len(tries) >= limit.tries]
    if waits:
        raise TooManyTries(wait=max(waits))
    for row in rows:
        row.tries = [*recent[row.key], at.timestamp()]
        row.save(update_fields=["tries"])


@transaction.atomic
def give_back(*, limit: Limit, account: str, address: str, at: datetime) -> None:
    """
    Forget the account's tries, and of the address's only the one made at ``at``.

    An address keeps its other tries: who owns one account must not win ten more tries at others by logging in.
    """
    account_key = _key(limit, "account", account)
    for row in _lock(limit=limit, account=account, address=address, at=at):
        if row.key == account_key:
            row.tries = []
        elif at.timestamp() in row.tries:
            row.tries.remove(at.timestamp())
        row.save(update_fields=["tries"])


def forget_old_tries(*, at: datetime) -> int:
    """Delete what no limit counts any more and return how many rows that were."""
    longest = max(LOGIN.window, PASSWORD_RESET.window)
    return Throttle.objects.filter(last_at__lt=at - longest).delete()[0]


def _lock(*, limit: Limit, account: str, address: str, at: datetime) -> list[Throttle]:
    """Return the rows of both, made if missing; they stay locked to the end of the transaction."""
    keys = [_key(limit, "account", account)]
    if address:
        keys.append(_key(limit, "address", network_of(address)))
    # The upsert locks the rows, in the order of their keys, so that two tries never wait for each other.
    Throttle.objects.bulk_create(
        [Throttle(key=key, last_at=at) for key in sorted(keys)],
        update_conflicts=True,
        unique_fields=["key"],
        update_fields=["last_at"],
    )
    return list(Throttle.objects.filter(key__in=keys).order_by("key"))


def _key(limit: Limit, kind: str, subject: str) -> str:
    # People type passwords into the wrong field: only a digest is kept.
    digest = hashlib.sha256(subject.strip().lower().encode()).hexdigest()
    return f"{limit.name}:{kind}:{digest[:40]}"


def _recent(row: Throttle, *, limit: Limit, at: datetime) -> list[float]:
    since = (at - limit.window).timestamp()
    return [tried for tried in row.tries if tried > since]


def _wait(tries: list[float], *, limit: Limit, at: datetime) -> timedelta:
    frees = sorted(tries)[-limit.tries] + limit.window.total_seconds()
    return timedelta(seconds=frees - at.timestamp())
