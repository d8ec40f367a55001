"""
The tokens by which a microsite's page tells what was copied and shared.

This deployment signs them for itself, so that a microsite records whether or not a shop has an API key. They speak for
a participant where a widget's page asks, and nowhere else: no other call of the API takes them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import jwt
from django.conf import settings
from django.utils.crypto import salted_hmac

from api.errors import bad_token
from api.tokens import LONGEST, SKEW_SECONDS, Subject, UserIds
from programs.models import Participant

LIFETIME: Final = timedelta(hours=12)
KID: Final = "recording"  # no API key's account SID looks like this
OPTIONS: Final[Any] = {"require": ["exp", "user"]}


def recording_token(participant: Participant, *, at: datetime) -> str:
    """Return a token that speaks for the participant until ``LIFETIME`` after ``at``."""
    user = {"id": participant.user_id, "accountId": participant.account_id}
    claims = {"user": user, "exp": int((at + LIFETIME).timestamp())}
    return jwt.encode(claims, _key(settings.SECRET_KEY), algorithm="HS256", headers={"kid": KID})


def read_recording_token(token: str) -> Subject | None:
    """
    Return whom a token speaks for, or nothing if it is none of these.

    :raises ApiError: if it is none that holds
    """
    if not _claims_to_be_one(token):
        return None
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            claims = jwt.decode(token, _key(secret), algorithms=["HS256"], leeway=SKEW_SECONDS, options=OPTIONS)
        except jwt.InvalidSignatureError:
            continue
        except jwt.PyJWTError as error:
            raise bad_token("The token has expired, or is not valid.") from error
        user = claims["user"]
        return Subject(UserIds(user["accountId"], user["id"]))
    raise bad_token("The signature does not match.")


def _claims_to_be_one(token: str) -> bool:
    try:
        return len(token) <= LONGEST and jwt.get_unverified_header(token).get("kid") == KID
    except jwt.PyJWTError:
        return False


def _key(secret: str | bytes) -> bytes:
    return salted_hmac("widget.recording", "", secret=secret, algorithm="sha256").digest()
