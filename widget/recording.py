"""
The tokens by which a microsite's page tells what was copied and shared.

This deployment signs them for itself, so that a microsite records whether or not a shop has an API key. They speak for
a participant where a widget's page asks, and nowhere else: no other call of the API takes them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from programs.models import Participant
from widget.own_tokens import OwnTokens

LIFETIME: Final = timedelta(hours=12)
RECORDING: Final = OwnTokens("recording")


def recording_token(participant: Participant, *, at: datetime) -> str:
    """Return a token that speaks for the participant until ``LIFETIME`` after ``at``."""
    return RECORDING.sign({"id": participant.user_id, "accountId": participant.account_id}, expires=at + LIFETIME)
