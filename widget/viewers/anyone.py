from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from programs.models import Participant, Program
from widget.viewers.facts import BalanceLine, Numbers, ReferralLine, RewardLine, ShownCodes


class Viewer:
    """
    Whom a display of a program is shown to: anybody, who has nothing of their own to see.

    Viewers of other kinds override what they have; nothing is read before a component asks for it.
    """

    participant: Participant | None = None

    def __init__(self, *, program: Program, at: datetime) -> None:
        self.program = program
        self.at = at

    @property
    def is_known(self) -> bool:
        """Say whether the viewer is somebody in particular."""
        return False

    @property
    def first_name(self) -> str:
        """Return what to call the viewer."""
        return ""

    @property
    def promo_codes(self) -> ShownCodes:
        """Return the promo codes to share."""
        return ShownCodes()

    @property
    def referral_code(self) -> str:
        """Return the code that names the advocate."""
        return ""

    def share_link(self, medium: str = "") -> str:
        """Return the address to share, marked with the medium by which it goes."""
        return ""

    @property
    def numbers(self) -> Numbers:
        """Return how far sharing has gone."""
        return Numbers()

    @property
    def balances(self) -> Sequence[BalanceLine]:
        """Return what there is of each unit."""
        return ()

    @property
    def rewards(self) -> Sequence[RewardLine]:
        """Return the latest rewards."""
        return ()

    @property
    def referrals(self) -> Sequence[ReferralLine]:
        """Return the latest friends."""
        return ()
