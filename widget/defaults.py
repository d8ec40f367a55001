"""What every program begins with: a widget, and a microsite that nobody sees before it is published."""

from __future__ import annotations

from typing import Any, Final

from widget.stored import StoredComponent

# The name that shops' pages ask for: "p/<program>/w/referrerWidget".
WIDGET_KEY: Final = "referrerWidget"
MICROSITE_KEY: Final = "microsite"
PROMO_CODES: Final = "promo_codes"
FIRST_COMPONENTS: Final = ("hero", "share_link", "statistics", "rewards", "referrals")


def first_components(*, promo_codes: bool) -> list[dict[str, Any]]:
    """Return the components of a new widget or microsite, in their order."""
    types = list(FIRST_COMPONENTS)
    if promo_codes:
        types.insert(1, PROMO_CODES)
    return [StoredComponent.new(one).stored() for one in types]
