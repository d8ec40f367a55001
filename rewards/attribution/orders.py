"""An order as a shop reports it, and whose order it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from programs.models import Participant, Program
from programs.queries import participant_of, participants_with_email, participants_with_email_digest

DIGEST: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Amount:
    """What an order came to, in the currency's smallest fraction."""

    minor: int
    currency: str
    exponent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order: its number, when it was made, what it came to, and what tells whose it is."""

    program: Program
    order_id: str
    happened_at: datetime
    amount: Amount | None = None
    promo_code: str = ""
    customer_id: str = ""
    customer_email: str = ""
    friend: Participant | None = None


def customer_of(*, customer_id: str, customer_email: str) -> Participant | None:
    """
    Return the participant who ordered: by their id, else by their address, plain or digested.

    Where several users have the id or the address, nobody can tell which of them it was.
    """
    return _by_id(customer_id) or _by_email(customer_email)


def _by_id(customer_id: str) -> Participant | None:
    if not customer_id:
        return None
    own = participant_of(account_id=customer_id, user_id=customer_id)
    return own or _only(list(Participant.objects.filter(user_id=customer_id)[:2]))


def _by_email(customer_email: str) -> Participant | None:
    address = customer_email.strip()
    if not address:
        return None
    if DIGEST.fullmatch(address):
        return _only(participants_with_email_digest(address.lower()))
    return _only(list(participants_with_email(address)[:2]))


def _only(found: list[Participant]) -> Participant | None:
    return found[0] if len(found) == 1 else None
