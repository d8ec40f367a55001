"""How often somebody without an API key may call; the database counts, so that all processes count together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from advocate.lib.client_address import client_address, network_of
from advocate.lib.db import instant_param
from api.errors import too_many
from api.models import CallWindow

WINDOW_SECONDS: Final = 60
KEPT: Final = timedelta(minutes=10)
COUNT: Final = """
    INSERT INTO api_callwindow (key, calls, started_at) VALUES (%s, 1, %s)
    ON CONFLICT (key) DO UPDATE SET calls = api_callwindow.calls + 1 RETURNING calls
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many calls of a kind one address may make in a minute."""

    name: str
    calls: int


WRONG_KEYS: Final = Limit("wrong-key", 30)
UNKNOWN_CODES: Final = Limit("unknown-code", 30)  # a checkout asks for codes that people have; a guesser does not


def open_calls() -> Limit:
    """Return the limit of calls without an API key."""
    return Limit("open", settings.API_OPEN_CALLS_PER_MINUTE)


def count_call(request: HttpRequest, limit: Limit, *, at: datetime) -> None:
    """
    Count a call against the caller's address.

    :raises ApiError: if that were too many in this minute
    """
    started = at.replace(second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [_key(request, limit, started), instant_param(started)])
        calls = cursor.fetchone()[0]
    if calls == 1:  # now and then is enough, and a new window is now and then
        CallWindow.objects.filter(started_at__lt=at - KEPT).delete()
    if calls > limit.calls:
        raise too_many(_wait(at))


def refuse_if_spent(request: HttpRequest, limit: Limit, *, at: datetime) -> None:
    """
    Refuse a call whose kind was counted often enough already, without counting it.

    :raises ApiError: if the limit is reached
    """
    key = _key(request, limit, at.replace(second=0, microsecond=0))
    if CallWindow.objects.filter(pk=key, calls__gte=limit.calls).exists():
        raise too_many(_wait(at))


def _key(request: HttpRequest, limit: Limit, started: datetime) -> str:
    address = network_of(client_address(request))
    digest = hashlib.sha256(address.encode()).hexdigest()
    return f"{limit.name}:{int(started.timestamp())}:{digest[:40]}"


def _wait(at: datetime) -> int:
    return WINDOW_SECONDS - at.second
