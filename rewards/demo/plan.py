from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

MASK: Final = 2**64 - 1
SPAN: Final = timedelta(days=400)
GROWTH: Final = 0.6  # the further below 1, the more of everything is recent
FRIEND_EVERY: Final = 3
BLOCKED_EVERY: Final = 29


@dataclass(frozen=True, slots=True)
class Plan:
    """
    How much to make, and the facts about the n-th thing that others must agree on without looking it up.

    Ids are given here, so that rows refer to each other without being read back; ``first_*`` are the first free ones.
    Participants and rewards are numbered from 0 in the order of their creation.
    """

    participants: int
    rewards: int
    seed: int
    at: datetime
    first_participant: int = 1
    first_referral: int = 1
    first_code: int = 1
    first_link: int = 1
    first_reward: int = 1
    first_entry: int = 1
    first_promo: int = 1

    @property
    def referrals(self) -> int:
        """Return the number of referrals: each third participant came through an earlier one."""
        return self.participants // FRIEND_EVERY

    def mixed(self, kind: str, number: int) -> int:
        """Return 64 bits that look random, no two alike for the numbers of one kind (splitmix64)."""
        value = (number + self.seed * 0x9E3779B97F4A7C15 + _KINDS[kind]) & MASK
        value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
        return value ^ (value >> 31)

    def share(self, kind: str, number: int) -> float:
        """Return a number from 0 up to 1 that looks random."""
        return self.mixed(kind, number) / 2**64

    def joined_at(self, number: int) -> datetime:
        """Return when a participant was added."""
        return self._when((number + 1) / (self.participants + 1))

    def created_at(self, number: int) -> datetime:
        """Return when a reward was created, after the first participants had come."""
        early = 0.1
        return self._when(early + (1 - early) * (number + 1) / (self.rewards + 1))

    def joined_by(self, instant: datetime) -> int:
        """Return how many participants had been added by then, one at least."""
        past = max((self.at - instant) / SPAN, 0.0)
        part = (1 - min(past, 1.0)) ** (1 / GROWTH)
        return max(1, int(part * (self.participants + 1)) - 1)

    def blocked_at(self, number: int) -> datetime | None:
        """Return when a participant was blocked, if ever."""
        if number % BLOCKED_EVERY != BLOCKED_EVERY // 2:
            return None
        joined = self.joined_at(number)
        return joined + (self.at - joined) * (0.2 + 0.7 * self.share("block", number))

    def friend(self, referral: int) -> int:
        """Return the participant whom a referral brought."""
        return referral * FRIEND_EVERY + FRIEND_EVERY - 1

    def advocate(self, referral: int) -> int:
        """Return the participant who brought the friend: earlier than they, and a few again and again."""
        return int(self.share("advocate", referral) ** 2 * self.friend(referral))

    def converted_at(self, referral: int) -> datetime | None:
        """Return when the friend did what the program asks for, if they have."""
        started = self.joined_at(self.friend(referral))
        done = started + timedelta(days=20) * self.share("pace", referral)
        return done if self.share("converted", referral) < 0.62 and done <= self.at else None

    def _when(self, part: float) -> datetime:
        age: timedelta = SPAN * (1.0 - part**GROWTH)
        return (self.at - age).replace(microsecond=0)


_KINDS: Final = {
    "block": 1 << 40,
    "advocate": 2 << 40,
    "converted": 3 << 40,
    "pace": 4 << 40,
    "reward": 5 << 40,
    "code": 6 << 40,
    "copied": 8 << 40,
    "click": 7 << 40,
    "order": 9 << 40,
    "rewarded": 10 << 40,
}
