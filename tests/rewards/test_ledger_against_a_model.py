"""Random lives of one reward, compared step by step with a plain model of the rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from advocate.lib.errors import DomainError
from rewards.models import Reward, RewardEntry
from rewards.operations import (
    Terms,
    cancel_reward,
    expire_rewards,
    grant_reward,
    redeem_reward,
    release_scheduled_rewards,
    reverse_redemption,
)
from rewards.queries import balances_of
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import make_participant, make_unit

HOUR = timedelta(hours=1)


@dataclass
class PlainReward:
    """What the rules say, without a database: hours instead of instants."""

    amount: int
    available_from: int
    expires: int | None
    redeemed: int = 0
    status: str = "PENDING"
    entries: list[int | None] = field(default_factory=list)

    def redeem(self, amount: int, hour: int) -> bool:
        ok = self.status == "AVAILABLE" and not self.is_past(hour) and 0 < amount <= self.amount - self.redeemed
        if ok:
            self.redeemed += amount
            self.entries.append(amount)
            if self.redeemed == self.amount:
                self.status = "REDEEMED"
        return ok

    def reverse(self, index: int, hour: int) -> bool:
        amount = self.entries[index] if index < len(self.entries) else None
        if amount is None:
            return False
        self.entries[index] = None
        self.redeemed -= amount
        if self.status == "REDEEMED":
            self.status = "EXPIRED" if self.is_past(hour) else "AVAILABLE"
        return True

    def cancel(self, hour: int) -> bool:
        ok = self.status == "PENDING" or (self.status == "AVAILABLE" and not self.is_past(hour))
        if ok:
            self.status = "CANCELLED"
        return ok

    def tick(self, hour: int) -> None:
        if self.status == "PENDING" and self.available_from <= hour:
            self.status = "AVAILABLE"
        if self.status == "AVAILABLE" and self.is_past(hour):
            self.status = "EXPIRED"

    def is_past(self, hour: int) -> bool:
        return self.expires is not None and self.expires <= hour


STEPS = st.one_of(
    st.tuples(st.just("redeem"), st.integers(-1, 12)),
    st.tuples(st.just("reverse"), st.integers(0, 4)),
    st.tuples(st.just("cancel"), st.just(0)),
    st.tuples(st.just("tick"), st.just(0)),
    st.tuples(st.just("wait"), st.integers(1, 3)),
)


@dataclass
class RealReward:
    """The same steps through the operations."""

    reward: Reward
    entries: list[RewardEntry] = field(default_factory=list)

    def do(self, step: str, number: int, at: datetime) -> bool:
        try:
            with transaction.atomic():
                return self._do(step, number, at)
        except DomainError:
            return False

    def _do(self, step: str, number: int, at: datetime) -> bool:
        if step == "redeem":
            key = f"{self.reward.pk}-{len(self.entries)}"
            self.entries.append(redeem_reward(reward=self.reward, amount=number, key=key, by=SYSTEM, at=at))
        elif step == "reverse":
            if number >= len(self.entries):
                return False
            reverse_redemption(entry=self.entries[number], by=SYSTEM, at=at)
        else:
            cancel_reward(reward=self.reward, reason="", by=SYSTEM, at=at)
        return True


def plain_step(plain: PlainReward, step: str, number: int, hour: int) -> bool:
    if step == "redeem":
        return plain.redeem(number, hour)
    return plain.reverse(number, hour) if step == "reverse" else plain.cancel(hour)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(
    amount=st.integers(1, 10),
    scheduled=st.integers(0, 3),
    lifetime=st.one_of(st.none(), st.integers(1, 6)),
    steps=st.lists(STEPS, max_size=14),
)
def test_every_life_of_a_reward_follows_the_rules(amount, scheduled, lifetime, steps):
    expires = None if lifetime is None else scheduled + lifetime
    terms = Terms(
        amount=amount,
        unit=make_unit("POINT"),
        scheduled_for=NOON + scheduled * HOUR,
        expires=None if expires is None else NOON + expires * HOUR,
    )
    real = RealReward(grant_reward(participant=make_participant(), terms=terms, by=SYSTEM, at=NOON))
    plain = PlainReward(amount=amount, available_from=scheduled, expires=expires)
    plain.status = "PENDING" if scheduled else "AVAILABLE"
    hour = 0

    for step, number in steps:
        if step == "wait":
            hour += number
            continue
        at = NOON + hour * HOUR
        if step == "tick":
            plain.tick(hour)
            release_scheduled_rewards(at=at)
            expire_rewards(at=at)
        else:
            assert real.do(step, number, at) == plain_step(plain, step, number, hour), (step, number, hour)
        check(real.reward, plain, at)


def check(reward: Reward, plain: PlainReward, at: datetime) -> None:
    reward.refresh_from_db()
    assert (reward.status, reward.redeemed) == (plain.status, plain.redeemed)
    sums = {kind: _sum(reward, kind) for kind in ("REDEMPTION", "REVERSAL")}
    assert reward.redeemed == sums["REDEMPTION"] - sums["REVERSAL"]
    (balance,) = balances_of(reward.participant, at=at)
    parts = (balance.available, balance.pending, balance.redeemed, balance.expired, balance.cancelled)
    assert min(parts) >= 0
    assert sum(parts) == reward.amount


def _sum(reward: Reward, kind: str) -> int:
    return reward.entries.filter(kind=kind).aggregate(sum=Sum("amount"))["sum"] or 0
