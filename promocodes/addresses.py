from __future__ import annotations

from collections.abc import Iterable


def each_once(addresses: Iterable[str]) -> list[str]:
    """Return e-mail addresses without those that differ in case only, as they were written first."""
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(address.lower(), address)
    return list(found.values())
