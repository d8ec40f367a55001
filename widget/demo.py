"""
The participant who stands in for a customer in the sandbox.

This deployment signs them for itself, so that the sandbox works before a shop has an API key. Their token registers
them and shows their widget as a customer's does, and no other call of the API takes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from widget.own_tokens import OwnTokens

LIFETIME: Final = timedelta(hours=1)
LOCALES: Final = {"en": "en_US", "zh": "zh_CN"}
DEMO: Final = OwnTokens("sandbox")


def demo_user(language: str) -> dict[str, str]:
    """Return the demo participant: one for all sandboxes, known by their name."""
    return {
        "id": "demo-participant",
        "accountId": "demo-participant",
        "firstName": "Demo",
        "lastName": "Participant",
        "locale": LOCALES[language],
    }


def demo_token(user: dict[str, str], *, at: datetime) -> str:
    """Return a token for the demo participant, as a shop's server makes one for its customers."""
    return DEMO.sign(user, expires=at + LIFETIME)
