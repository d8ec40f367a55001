from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import jwt

from programs.models import Participant
from team.models import ApiKey
from team.secrets import decrypt

LIFETIME: Final = timedelta(hours=12)


def token_of(participant: Participant, *, key: ApiKey, at: datetime) -> str:
    """
    Return a token by which a widget reads for its participant, signed as the holder of the key would.

    A shop's server that renders with its key, instead of a token of the user's, must not hand the key to the page.
    """
    user = {"id": participant.user_id, "accountId": participant.account_id}
    claims = {"user": user, "exp": int((at + LIFETIME).timestamp())}
    return jwt.encode(claims, decrypt(key.secret_encrypted), algorithm="HS256", headers={"kid": key.account_sid})
