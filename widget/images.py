from __future__ import annotations

from urllib.parse import urlsplit


def shown_image(address: str) -> str:
    """Return the address of a picture that a page may show, or nothing: only https is, so that no page gets mixed."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    return address.strip() if parts.scheme == "https" and parts.hostname else ""
