from __future__ import annotations

from functools import cache

from django.conf import settings
from django.urls import reverse


def share_url(slug: str) -> str:
    """Return the whole address of a share link."""
    return f"{settings.BASE_URL}{_path()}{slug}"


@cache
def _path() -> str:
    """Return the path that all share links have; each upsert writes a dozen of them."""
    return reverse("share-link", args=["-"])[:-1]
