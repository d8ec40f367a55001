"""Which sites' scripts may read answers: an app above says so, for it knows where widgets are shown."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings

OriginCheck = Callable[[str], bool]
_checks: list[OriginCheck] = []


def register_origins(is_allowed: OriginCheck) -> None:
    """Add what knows allowed sites; to be called from ``AppConfig.ready``."""
    if is_allowed not in _checks:
        _checks.append(is_allowed)


def may_read(origin: str) -> bool:
    """Say whether scripts of a site such as ``https://shop.example`` may read answers; our own pages' may."""
    return origin == own_origin() or any(is_allowed(origin) for is_allowed in _checks)


def own_origin() -> str:
    """Return the origin of our own pages."""
    parts = urlsplit(settings.BASE_URL)
    return f"{parts.scheme}://{parts.netloc}"
