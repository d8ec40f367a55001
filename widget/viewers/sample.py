from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from widget.viewers.anyone import Viewer
from widget.viewers.facts import BalanceLine, Numbers, ReferralLine, RewardLine, ShownCode, ShownCodes


class SampleViewer(Viewer):
    """Somebody made up, for previews: no participant's data is shown to whoever arranges a display."""

    @property
    def is_known(self) -> bool:
        """Say that they are somebody in particular."""
        return True

    @property
    def first_name(self) -> str:
        """Return a name."""
        return _("Alex")

    @property
    def promo_codes(self) -> ShownCodes:
        """Return a set of five one-time codes, the first of them copied."""
        return ShownCodes([ShownCode(f"FRIEND-{number}", True, number == 1) for number in range(1, 6)])

    @property
    def referral_code(self) -> str:
        """Return a code."""
        return "ALEX"

    def share_link(self, medium: str = "") -> str:
        """Return an address that leads nowhere."""
        return f"{settings.BASE_URL}/s/example"

    @property
    def numbers(self) -> Numbers:
        """Return some numbers."""
        return Numbers(clicks=24, friends=6, converted=3)

    @property
    def balances(self) -> Sequence[BalanceLine]:
        """Return one balance."""
        return [BalanceLine(available="$30.00", pending="$10.00", redeemed="$20.00")]

    @property
    def rewards(self) -> Sequence[RewardLine]:
        """Return two rewards."""
        name = _("Referral reward")
        day = timedelta(days=1)
        return [
            RewardLine(name, "$10.00", _("Pending"), "warning", "", self.at - day),
            RewardLine(name, "$10.00", _("Available"), "success", "", self.at - 9 * day),
        ]

    @property
    def referrals(self) -> Sequence[ReferralLine]:
        """Return two friends."""
        day = timedelta(days=1)
        return [
            ReferralLine(_("Sam K."), is_converted=False, at=self.at - day),
            ReferralLine(_("Robin T."), is_converted=True, at=self.at - 9 * day),
        ]
