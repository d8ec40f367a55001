from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """
    Return the address that the request comes from, or nothing where the server does not know it.

    ``TRUSTED_PROXIES`` says how many proxies of ours stand in front: each adds one address at the right of
    X-Forwarded-For, and whatever is further left was written by the client and is not believed.
    """
    direct = _valid(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    if not 0 < settings.TRUSTED_PROXIES <= len(hops):
        return direct
    return _valid(hops[-settings.TRUSTED_PROXIES]) or direct


def network_of(address: str) -> str:
    """Return what to count tries against: the address itself, or the /64 that one IPv6 customer has to spend."""
    if not address:
        return ""
    ip = ip_address(address)
    if not isinstance(ip, IPv6Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return f"{IPv6Address(int(ip) >> 64 << 64)}/64"


def _valid(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return ""
