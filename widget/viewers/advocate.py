from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Final

from django.utils.translation import gettext as _

from advocate.lib.east_asian import full_name
from api.wire.share_links import share_link
from programs.addresses import share_url
from programs.models import Participant, Program
from programs.queries import HeldCode, referrals_made
from rewards.amounts import amount_text
from rewards.badges import status_badge
from rewards.models import Reward
from rewards.queries import Balance, balances_of, rewards_of
from widget.links import primary_links
from widget.viewers.anyone import Viewer
from widget.viewers.facts import BalanceLine, Numbers, ReferralLine, RewardLine, ShownCodes
from widget.viewers.reading import Standing, codes_to_share, standing_of

SHOWN: Final = 10


class AdvocateViewer(Viewer):
    """A participant, who sees what is theirs; each part is read once, when it is first asked for."""

    participant: Participant

    def __init__(
        self,
        *,
        participant: Participant,
        program: Program,
        at: datetime,
        medium: str = "UNKNOWN",
        held: HeldCode | None = None,
    ) -> None:
        super().__init__(program=program, at=at)
        self.participant = participant
        self.medium = medium
        self._held = held

    @property
    def is_known(self) -> bool:
        """Say that they are somebody in particular."""
        return True

    @property
    def first_name(self) -> str:
        """Return their first name."""
        return self.participant.first_name

    @cached_property
    def promo_codes(self) -> ShownCodes:
        """Return the codes they can hand on, or the one for everybody while there are none for them."""
        found = codes_to_share(self.participant, self.program, at=self.at)
        return ShownCodes(found.codes, is_fallback=found.is_fallback)

    @cached_property
    def _code(self) -> HeldCode:
        """Return their primary code with its link; whoever has registered them knows it already."""
        if self._held is not None:
            return self._held
        found = primary_links(self.participant).get(self.program.key)
        return HeldCode(found.code, found.slug) if found else HeldCode("", "")

    @property
    def referral_code(self) -> str:
        """Return their primary code in the program."""
        return self._code.code

    def share_link(self, medium: str = "") -> str:
        """Return the short address of their primary code."""
        if not self._code.slug:
            return ""
        return (
            share_link(self._code.slug, share=medium, engagement=self.medium) if medium else share_url(self._code.slug)
        )

    @cached_property
    def _standing(self) -> Standing:
        return standing_of(self.participant, self.program)

    @property
    def numbers(self) -> Numbers:
        """Return who came through them to the program, and the clicks on their link."""
        return self._standing.numbers

    @cached_property
    def balances(self) -> Sequence[BalanceLine]:
        """Return what they have of each unit; percentages add up to nothing."""
        if not self._standing.has_rewards:
            return ()
        found = balances_of(self.participant, at=self.at)
        return [_balance(balance) for balance in found if balance.unit is not None]

    @cached_property
    def rewards(self) -> Sequence[RewardLine]:
        """Return their latest rewards."""
        if not self._standing.has_rewards:
            return ()
        return [_reward(reward, self.at) for reward in rewards_of(self.participant)[:SHOWN]]

    @cached_property
    def referrals(self) -> Sequence[ReferralLine]:
        """Return whom they brought to the program last."""
        if not self.numbers.friends:
            return ()
        found = referrals_made(self.participant).filter(program=self.program)[:SHOWN]
        return [
            ReferralLine(_friend(referral.referred), referral.date_converted is not None, referral.date_started)
            for referral in found
        ]


def _balance(balance: Balance) -> BalanceLine:
    parts = (balance.available, balance.pending, balance.redeemed)
    return BalanceLine(*(amount_text(amount, balance.unit) for amount in parts))


def _reward(reward: Reward, at: datetime) -> RewardLine:
    badge = status_badge(reward, at=at)
    name = reward.name or (reward.catalog_reward.name if reward.catalog_reward else str(reward.get_type_display()))
    return RewardLine(
        name=name,
        value=amount_text(reward.amount, reward.unit),
        status=str(badge.label),
        kind=badge.kind,
        code=reward.fuel_tank_code,
        at=reward.date_given or reward.date_created,
    )


def _friend(friend: Participant) -> str:
    """Return a friend's first name and initial: an advocate is not to learn more than they know anyway."""
    initial = f"{friend.last_name[:1]}." if friend.last_name else ""
    return full_name(first=friend.first_name, last=initial) or _("A friend")
