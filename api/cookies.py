"""The ``_saasquatch`` cookie of a friend's browser, in which a share link left its code."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from api.errors import ApiError
from programs.models import Touch
from rewards.attribution import SentCode

MOST_CODES: Final = 20
LAST_SECOND: Final = 253402300799  # of the year 9999; what is greater counts milliseconds


def codes_of_cookie(cookie: str, *, tenant_alias: str) -> list[SentCode]:
    """
    Return the codes in a cookie, each with the time until which it counts.

    The cookie names the host at which a link was followed; whatever it was called, the tenant alias must be ours.

    :raises ApiError: if the cookie cannot be read
    """
    if not cookie:
        return []
    codes = [code for host in _read(cookie).values() for code in _codes(_part(host, f"{tenant_alias}_CODE"))]
    return codes[:MOST_CODES]


def codes_by_program(cookie: str, *, tenant_alias: str) -> dict[str, str]:
    """
    Return the codes in a cookie by the keys of their programs.

    :raises ApiError: if the cookie cannot be read
    """
    if not cookie:
        return {}
    kept = (_part(_part(host, f"{tenant_alias}_CODE"), "codes") for host in _read(cookie).values())
    codes = [(key, code) for each in kept for key, code in each.items() if isinstance(code, str)]
    return dict(codes[:MOST_CODES])


def _read(cookie: str) -> dict[str, Any]:
    padded = cookie.strip().rstrip("=").replace("+", "-").replace("/", "_")
    try:
        content = json.loads(base64.b64decode(padded + "=" * (-len(padded) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(content, dict):
        raise _unreadable()
    return content


def _unreadable() -> ApiError:
    return ApiError(400, "BAD_REQUEST", "cookies: this is no cookie of a share link.", rs="RS052")


def _codes(kept: dict[str, Any]) -> Iterator[SentCode]:
    expiries = _part(kept, "codesExp")
    for code in _part(kept, "codes").values():
        if isinstance(code, str):
            yield SentCode(code, Touch.Door.COOKIE, counts_until=_instant(expiries.get(code)))


def _part(whole: Any, name: str) -> dict[str, Any]:
    """Return an object inside another: scripts of shops keep what they like beside what is ours."""
    part = whole.get(name) if isinstance(whole, dict) else None
    return part if isinstance(part, dict) else {}


def _instant(expiry: Any) -> datetime | None:
    """Return the instant that the cookie names, in seconds or in milliseconds; none if it is no number."""
    if isinstance(expiry, bool) or not isinstance(expiry, int | float):
        return None
    number = min(max(expiry, 0), LAST_SECOND * 1000)
    return datetime.fromtimestamp(number if number <= LAST_SECOND else number // 1000, UTC)
