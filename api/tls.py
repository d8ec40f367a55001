from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from api.errors import ApiError


def refuse_plain_http(request: HttpRequest) -> None:
    """
    Refuse a call without TLS where the deployment has it, as its secret has been read on the way by then.

    A caller on this machine, with no proxy between, needs none.

    :raises ApiError: if it came without
    """
    if not settings.HTTPS or request.is_secure() or _is_local(request):
        return
    raise ApiError(
        403, "TLS_REQUIRED", "Use https:// and replace this API key, for it was sent in the open.", rs="RS047"
    )


def _is_local(request: HttpRequest) -> bool:
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_X_FORWARDED_PROTO" in request.META:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
