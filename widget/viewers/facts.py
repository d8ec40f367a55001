from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShownCode:
    """A promo code as its advocate sees it."""

    text: str
    is_one_time: bool
    is_copied: bool

    @property
    def warns(self) -> bool:
        """Say whether the advocate should hear that they have given the code away already."""
        return self.is_one_time and self.is_copied


@dataclass(frozen=True, slots=True)
class ShownCodes:
    """The promo codes to leaf through; the fallback code is everybody's and stands alone."""

    codes: Sequence[ShownCode] = ()
    is_fallback: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """How far an advocate's sharing has gone."""

    clicks: int = 0
    friends: int = 0
    converted: int = 0


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """What there is of one unit, as the reader's language writes it."""

    available: str
    pending: str
    redeemed: str


@dataclass(frozen=True, slots=True)
class RewardLine:
    """A reward in a list."""

    name: str
    value: str
    status: str
    kind: str
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """A friend in a list; their own name, as far as a friend's name may be shown."""

    friend: str
    is_converted: bool
    at: datetime
