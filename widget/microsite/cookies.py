"""A microsite's cookies: of its own path, closed to scripts, and none of the back office's."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

SESSION = "microsite-session"
ASKED = "microsite-asked"
LONGEST = 4000


def keep(answer: HttpResponse, name: str, value: str, *, path: str, days: int | None = None) -> None:
    """Have the browser keep a value, for some days or as long as it runs."""
    age = days * 24 * 3600 if days else None
    answer.set_cookie(
        name, value, max_age=age, path=path, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


def kept(request: HttpRequest, name: str) -> str:
    """Return what the browser kept, or nothing."""
    value = request.COOKIES.get(name, "")
    return value if len(value) <= LONGEST and "\x00" not in value else ""


def drop(answer: HttpResponse, name: str, *, path: str) -> None:
    """Have the browser forget a value."""
    answer.delete_cookie(name, path=path, samesite="Lax")
