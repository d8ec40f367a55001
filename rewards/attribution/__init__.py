from __future__ import annotations

from rewards.attribution.applying import Applied, apply_code
from rewards.attribution.attributing import attribute
from rewards.attribution.attributing_many import Friend, attribute_many
from rewards.attribution.outcomes import Outcome, SentCode
from rewards.attribution.registering import RegisteredUser, create_user, upsert_user, user_of

__all__ = [
    "Applied",
    "Friend",
    "Outcome",
    "RegisteredUser",
    "SentCode",
    "apply_code",
    "attribute",
    "attribute_many",
    "create_user",
    "upsert_user",
    "user_of",
]
