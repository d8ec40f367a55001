from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Final, NamedTuple

from rewards.demo.people import DIGITS, late
from rewards.demo.plan import Plan
from rewards.demo.setting import Setting
from rewards.models import CatalogReward, Reward, RewardEntry, RewardType, RewardUnit

Kind = RewardEntry.Kind
Reason = Reward.PendingReason
Status = Reward.Status

FROM_REFERRALS: Final = 0.4
FROM_CATALOG: Final = 0.85
CANCELLED_BECAUSE: Final = ("The friend returned the order", "Given twice", "Asked for by the participant", "")
NOTES: Final = ("Agreed on the phone", "Campaign of the partner team", "Makes up for a late delivery", "")
THANKS: Final = ("Thank you for your patience!", "谢谢您的推荐！", "¡Gracias por recomendarnos!", "")


class RewardRow(NamedTuple):
    """A reward as the table has it."""

    id: int
    public_id: str
    unique_id: str | None
    participant_id: int
    type: str
    unit_id: int | None
    amount: int
    redeemed: int
    name: str
    fuel_tank_code: str
    status: str
    pending_reason: str
    cancelled_reason: str
    date_created: datetime
    date_scheduled_for: datetime | None
    date_given: datetime | None
    date_expires: datetime | None
    date_cancelled: datetime | None
    date_redeemed: datetime | None
    source: str
    program_id: int | None
    catalog_reward_id: int | None
    referral_id: int | None
    internal_note: str
    customer_note: str
    updated_at: datetime


class EntryRow(NamedTuple):
    """A redemption or a reversal as the table has it."""

    id: int
    reward_id: int
    participant_id: int
    kind: str
    amount: int
    reverses_id: int | None
    job_id: int | None
    row_number: int | None
    user_id: int | None
    actor: str
    key: str | None
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Given:
    """A reward with the ledger entries that its ``redeemed`` is the sum of."""

    reward: RewardRow
    entries: list[EntryRow]


@dataclass(frozen=True, slots=True)
class Cause:
    """Whom a reward goes to, and why."""

    participant: int
    source: str
    program_id: int | None = None
    referral_id: int | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """What is given."""

    type: str
    unit: RewardUnit | None
    amount: int
    name: str = ""
    catalog_reward: CatalogReward | None = None


@dataclass(slots=True)
class Life:
    """What became of a reward."""

    status: Status
    given: datetime | None
    expires: datetime | None
    updated: datetime
    redeemed: int = 0
    pending_reason: str = ""
    scheduled: datetime | None = None
    cancelled: datetime | None = None
    redemptions: list[datetime] = field(default_factory=list)


class Giver:
    """Makes up rewards one after the other; all that looks random comes from the plan's seed."""

    def __init__(self, plan: Plan, setting: Setting) -> None:
        self.plan = plan
        self.rng = Random(f"{plan.seed} rewards")  # noqa: S311 (nothing secret)
        self.programs = [program.pk for program in setting.programs]
        self.offers = [offer for offer in setting.offers if offer.is_active]
        self.units = list(setting.units.values())
        self.payers = [member.pk for member in setting.team[:4]]
        self.next_entry = plan.first_entry

    def rewards(self) -> Iterator[Given]:
        """Yield all rewards of the plan, the earliest first."""
        for number in range(self.plan.rewards):
            yield self._give(number)

    def _give(self, number: int) -> Given:
        rng, plan = self.rng, self.plan
        created = plan.created_at(number)
        cause = self._cause(created)
        thing = self._thing()
        life = self._life(thing, cause, created)
        reward_id = plan.first_reward + number
        scattered = plan.mixed("reward", reward_id)
        is_manual = cause.source == Reward.Source.MANUAL
        is_voucher = thing.type == RewardType.FUELTANK and life.given is not None
        reward = RewardRow(
            id=reward_id,
            public_id=f"{int(created.timestamp()):08x}{scattered:016x}",
            unique_id=f"order-{reward_id}" if rng.random() < 0.05 else None,
            participant_id=plan.first_participant + cause.participant,
            type=str(thing.type),
            unit_id=thing.unit.pk if thing.unit else None,
            amount=thing.amount,
            redeemed=life.redeemed,
            name=thing.name,
            fuel_tank_code=f"COFFEE-{_code(scattered)}" if is_voucher else "",
            status=life.status.value,
            pending_reason=life.pending_reason,
            cancelled_reason=rng.choice(CANCELLED_BECAUSE) if life.cancelled else "",
            date_created=created,
            date_scheduled_for=life.scheduled,
            date_given=life.given,
            date_expires=life.expires,
            date_cancelled=life.cancelled,
            date_redeemed=life.redemptions[-1] if life.status == Status.REDEEMED else None,
            source=cause.source,
            program_id=cause.program_id,
            catalog_reward_id=thing.catalog_reward.pk if thing.catalog_reward else None,
            referral_id=cause.referral_id,
            internal_note=rng.choice(NOTES) if is_manual else "",
            customer_note=rng.choice(THANKS) if is_manual else "",
            updated_at=life.updated,
        )
        return Given(reward, self._entries(reward, life.redemptions))

    def _cause(self, created: datetime) -> Cause:
        rng, plan = self.rng, self.plan
        known = plan.joined_by(created)
        if rng.random() < FROM_REFERRALS and known >= 3:
            referral = rng.randrange(known // 3)
            converted = plan.converted_at(referral)
            if converted and converted <= created:
                is_for_advocate = rng.random() < 0.6
                participant = plan.advocate(referral) if is_for_advocate else plan.friend(referral)
                source = Reward.Source.FRIEND_SIGNUP if is_for_advocate else Reward.Source.REFERRED
                program = self.programs[plan.advocate(referral) % 2 and referral % 2]
                return Cause(participant, source.value, program, plan.first_referral + referral)
        if rng.random() < 0.5:
            return Cause(rng.randrange(known), Reward.Source.AUTOMATED.value, rng.choice(self.programs))
        return Cause(rng.randrange(known), Reward.Source.MANUAL.value)

    def _thing(self) -> Thing:
        rng = self.rng
        if rng.random() < FROM_CATALOG:
            offer = rng.choice(self.offers)
            return Thing(offer.type, offer.unit, offer.amount, offer.name, offer)
        unit = rng.choice(self.units)
        return Thing(RewardType.CREDIT, unit, rng.randrange(1, 200) * 10**unit.exponent // rng.choice((1, 1, 2, 4)) + 1)

    def _life(self, thing: Thing, cause: Cause, created: datetime) -> Life:
        rng, at = self.rng, self.plan.at
        blocked = self.plan.blocked_at(cause.participant)
        expires = _expiry(thing, created, rng)
        if blocked and blocked < created:
            return Life(Status.PENDING, None, None, created, 0, Reason.SUSPECTED_FRAUD.value, created)
        draw = rng.random()
        if draw < 0.1:
            return self._waiting(thing, created)
        if draw < 0.2:
            return self._cancelled(thing, created, min(expires or at, at))
        if expires and expires <= at:
            return self._over(thing, created, expires)
        return self._living(thing, created, expires)

    def _waiting(self, thing: Thing, created: datetime) -> Life:
        rng, at = self.rng, self.plan.at
        if thing.type == RewardType.FUELTANK:
            return Life(Status.PENDING, None, None, created, 0, Reason.EMPTY_FUEL_TANK.value)
        if thing.unit and thing.unit.key == "CASH/USD" and rng.random() < 0.5:
            reason = rng.choice((Reason.US_TAX, Reason.MISSING_PAYOUT_CONFIGURATION))
            return Life(Status.PENDING, None, None, created, 0, reason.value)
        scheduled = at + timedelta(hours=rng.randrange(1, 24 * 40))
        expires = _month_end(scheduled, 6) if rng.random() < 0.5 else None
        return Life(Status.PENDING, None, expires, created, 0, Reason.SCHEDULED.value, scheduled)

    def _cancelled(self, thing: Thing, created: datetime, end: datetime) -> Life:
        rng = self.rng
        cancelled = late(created, end, 0.3 + 0.7 * rng.random())
        if rng.random() < 0.4:
            scheduled = late(cancelled, self.plan.at + timedelta(days=9), 0.9)
            return Life(Status.CANCELLED, None, None, cancelled, scheduled=scheduled, cancelled=cancelled)
        life = Life(Status.CANCELLED, created, None, cancelled, cancelled=cancelled)
        if rng.random() < 0.2:
            self._redeem_partly(life, thing, until=cancelled)
            life.updated = cancelled
        return life

    def _over(self, thing: Thing, created: datetime, expires: datetime) -> Life:
        if thing.type == RewardType.CREDIT and self.rng.random() < 0.5:
            return self._redeemed(thing, created, expires, until=expires)
        life = Life(Status.EXPIRED, created, expires, expires)
        if self.rng.random() < 0.3:
            self._redeem_partly(life, thing, until=expires)
            life.updated = expires
        return life

    def _living(self, thing: Thing, created: datetime, expires: datetime | None) -> Life:
        draw = self.rng.random()
        if thing.type == RewardType.CREDIT and draw < 0.3:
            return self._redeemed(thing, created, expires, until=self.plan.at)
        life = Life(Status.AVAILABLE, created, expires, created)
        if draw < 0.45:
            self._redeem_partly(life, thing, until=self.plan.at)
        return life

    def _redeemed(self, thing: Thing, created: datetime, expires: datetime | None, *, until: datetime) -> Life:
        redemptions = self._instants(created, until, self.rng.choice((1, 1, 2, 3)) if thing.amount > 3 else 1)
        return Life(Status.REDEEMED, created, expires, redemptions[-1], thing.amount, redemptions=redemptions)

    def _redeem_partly(self, life: Life, thing: Thing, *, until: datetime) -> None:
        if thing.type != RewardType.CREDIT or thing.amount < 4 or life.given is None:
            return
        life.redeemed = self.rng.randrange(2, thing.amount)
        life.redemptions = self._instants(life.given, until, self.rng.choice((1, 1, 2)))
        life.updated = life.redemptions[-1]

    def _instants(self, start: datetime, end: datetime, count: int) -> list[datetime]:
        return sorted(late(start, end, self.rng.random()) for _ in range(count))

    def _entries(self, reward: RewardRow, instants: Sequence[datetime]) -> list[EntryRow]:
        """Return what was redeemed when; now and then something was redeemed by mistake before, and given back."""
        if not instants:
            return []
        entries: list[EntryRow] = []
        if self.rng.random() < 0.06:
            mistake = self._entry(reward, reward.amount, instants[0], note="Wrong participant")
            reversal = self._entry(reward, reward.amount, instants[0], reverses=mistake.id)
            entries += [mistake, reversal]
        left = reward.redeemed
        for position, instant in enumerate(instants):
            rest = len(instants) - position - 1
            part = left if not rest else self.rng.randrange(1, left - rest + 1)
            entries.append(self._entry(reward, part, instant))
            left -= part
        return entries

    def _entry(
        self, reward: RewardRow, amount: int, at: datetime, *, reverses: int | None = None, note: str = ""
    ) -> EntryRow:
        entry_id, self.next_entry = self.next_entry, self.next_entry + 1
        by_shop = reverses is None and self.rng.random() < 0.5
        return EntryRow(
            id=entry_id,
            reward_id=reward.id,
            participant_id=reward.participant_id,
            kind=(Kind.REVERSAL if reverses else Kind.REDEMPTION).value,
            amount=amount,
            reverses_id=reverses,
            job_id=None,
            row_number=None,
            user_id=None if by_shop else self.rng.choice(self.payers),
            actor="Shop" if by_shop else "",
            key=None,
            note=note,
            at=at,
        )


def _expiry(thing: Thing, created: datetime, rng: Random) -> datetime | None:
    """Return when the reward ends: the end of a month, which many share, where the catalog sets a time."""
    months = thing.catalog_reward.validity_count if thing.catalog_reward else rng.choice((None, 3, 12))
    return _month_end(created, months) if months else None


def _month_end(instant: datetime, months: int) -> datetime:
    """Return the midnight (UTC) at which the month ends that comes so many months later."""
    return _midnight(instant.year * 12 + instant.month + months)


@cache
def _midnight(month: int) -> datetime:
    """Return when a month begins, counted since the year 0."""
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _code(scattered: int) -> str:
    return "".join(DIGITS[scattered >> shift & 31] for shift in range(0, 40, 5))
