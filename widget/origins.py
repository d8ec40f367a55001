"""The addresses of sites, as browsers name them: scheme, host and port."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError

HOST: Final = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
LOCAL: Final = frozenset({"localhost", "127.0.0.1"})
DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class InvalidOrigin(DomainError):
    """What was typed is no site that may show widgets."""

    code = "invalid_origin"
    message = _(
        "“%(origin)s” is not the address of a site. Write it like https://shop.example.com, without a path; http is "
        "only for localhost."
    )


def read_origin(typed: str) -> str:
    """
    Return a site's origin as browsers send it: ``https://Shop.Example:443/`` is ``https://shop.example``.

    :raises InvalidOrigin: if it is none, or one that could show the widgets unsafely
    """
    try:
        parts = urlsplit(typed.strip())
        host, port = (parts.hostname or "").encode("idna").decode("ascii").lower(), parts.port
    except ValueError:
        raise InvalidOrigin(origin=typed) from None
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username or parts.password)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL)
    if not (is_bare and is_safe and HOST.match(host) and port != 0):
        raise InvalidOrigin(origin=typed)
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != DEFAULT_PORTS[parts.scheme] else "")
