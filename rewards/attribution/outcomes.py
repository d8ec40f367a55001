from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from programs.models import Conversion, Participant, Program, Referral, Touch, TouchOutcome

# What the same code again cannot change: there is one referral of a friend in a program, and it stays.
SETTLED: Final = frozenset({TouchOutcome.ATTRIBUTED, TouchOutcome.SAME_AGAIN, TouchOutcome.ALREADY_REFERRED})


@dataclass(frozen=True, slots=True)
class SentCode:
    """
    A code as it was sent with a friend: by which door, until when its cookie counts, with which order.

    What an import brings names its job and the row.
    """

    text: str
    door: Touch.Door
    counts_until: datetime | None = None
    conversion: Conversion | None = None
    job_id: int | None = None
    row_number: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a sent code; ``referral`` is the one that stands in the program then, by this code or another."""

    sent: SentCode
    outcome: TouchOutcome
    program: Program | None = None
    advocate: Participant | None = None
    referral: Referral | None = None

    @property
    def is_settled(self) -> bool:
        """Say whether there is a referral, so that the same code again would change nothing."""
        return self.outcome in SETTLED

    @property
    def is_attributed(self) -> bool:
        """Say whether this code made the referral."""
        return self.outcome == TouchOutcome.ATTRIBUTED
