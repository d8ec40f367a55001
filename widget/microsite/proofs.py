"""What proves to a microsite who somebody is: signed links, mailed codes, and the tokens of its own sessions."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from programs.models import Participant
from widget.models import Display

LINK_LIFETIME: Final = timedelta(days=7)
CODE_LIFETIME: Final = timedelta(minutes=15)
CODE_DIGITS: Final = 6
CODE_TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class LinkClaim:
    """Whom a signed link says that it is for, until its signature is checked."""

    participant_id: int
    made: int
    signature: str


def link_token(*, display: Display, participant: Participant, at: datetime) -> str:
    """Return a token that lets the participant into the microsite until ``LINK_LIFETIME`` after ``at``."""
    made = int(at.timestamp())
    signature = _link_signature(display, participant, made, settings.SECRET_KEY)
    return f"{int_to_base36(participant.pk)}-{int_to_base36(made)}-{signature}"


def read_link(token: str) -> LinkClaim | None:
    """Return what a link's token claims, or nothing if it is no token."""
    participant, _, rest = token.partition("-")
    made, _, signature = rest.partition("-")
    try:
        return LinkClaim(base36_to_int(participant), base36_to_int(made), signature)
    except ValueError:
        return None


def is_genuine(claim: LinkClaim, *, display: Display, participant: Participant, at: datetime) -> bool:
    """Say whether this deployment made the link, for this microsite and participant, and not too long ago."""
    age = at.timestamp() - claim.made
    if not -60 <= age <= LINK_LIFETIME.total_seconds():
        return False
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    signatures = (_link_signature(display, participant, claim.made, key) for key in keys)
    return any(constant_time_compare(signature, claim.signature) for signature in signatures)


def new_code() -> str:
    """Return a code to be mailed."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def code_digest(code: str, *, public_id: str) -> str:
    """Return what is kept of a code: keyed, since whoever reads the database could try all digits."""
    return salted_hmac("widget.microsite.code", f"{public_id}|{code}", algorithm="sha256").hexdigest()


def _link_signature(display: Display, participant: Participant, made: int, key: str | bytes) -> str:
    # The ids are part of it, so that the links of somebody who was deleted are worth nothing.
    claims = (str(display.pk), str(participant.pk), participant.account_id, participant.user_id, str(made))
    told = "".join(f"{len(claim)}:{claim}" for claim in claims)
    return salted_hmac("widget.microsite.link", told, secret=key, algorithm="sha256").hexdigest()[:40]
