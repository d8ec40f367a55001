"""The promo codes of the demo company: a stock near its mark, codes by name, and a program not yet switched on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.db.models import Model

from programs.models import Program, Referral
from promocodes.models import CodeBatch, CodeHolder, CodePool, CodeUse, PromoCode, StockReading
from promocodes.on_widgets import show_on_widgets
from rewards.demo.people import SOURCES, late, name_code, one_time_code
from rewards.demo.plan import SPAN, Plan
from rewards.demo.setting import Setting
from team import audit
from team.audit import Actor, Change

Load = Callable[[type[Model], tuple[str, ...], Iterable[tuple[Any, ...]]], int]
State = PromoCode.State
EACH: Final = 5
COPIED_SHARE: Final = 0.4
WITHDRAWN: Final = 3
LAUNCH: Final = timedelta(days=2)
REFILL_BEFORE: Final = timedelta(days=20)
READING_EVERY: Final = timedelta(hours=12)
READINGS_FOR: Final = timedelta(days=30)
PREPARED: Final = 40
WHY_WITHDRAWN: Final = "Posted on a coupon site"
DEFAULTS: Final[dict[str, Any]] = {
    "is_multi_use": False,
    "is_extra": False,
    "use_count": 0,
    "assigned_at": None,
    "copied_at": None,
    "used_at": None,
    "withdrawn_at": None,
}


class PromoCodeRow(NamedTuple):
    """A promo code as the table has it."""

    id: int
    pool_id: int
    batch_id: int
    code: str
    state: int
    is_multi_use: bool
    is_extra: bool
    participant_id: int | None
    use_count: int
    assigned_at: datetime | None
    copied_at: datetime | None
    used_at: datetime | None
    withdrawn_at: datetime | None


class HolderRow(NamedTuple):
    """An advocate who gets codes as the table has it."""

    pool_id: int
    participant_id: int
    joined_at: datetime
    waiting_since: datetime | None


class UseRow(NamedTuple):
    """The use of a code as the table has it."""

    code_id: int
    key: str
    friend_id: int
    referral_id: int
    at: datetime


class ReadingRow(NamedTuple):
    """How a stock stood as the table has it."""

    pool_id: int
    at: datetime
    in_stock: int
    assigned: int
    copied: int
    used: int
    withdrawn: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Stock:
    """A part of a pool's codes that came in one batch: the sets of some participants, and what nobody has yet."""

    name: str
    source: str
    added: datetime
    first: int
    last: int
    in_stock: int
    begins_with: int = 0

    @property
    def size(self) -> int:
        """Return how many codes the batch has."""
        return self.begins_with + (self.last - self.first) * EACH + self.in_stock


def promo_referrals(plan: Plan, turn: int) -> Iterator[int]:
    """Yield the referrals of a program that came by a promo code, in their order."""
    for number in range(plan.referrals):
        source = SOURCES[plan.mixed("code", number) % len(SOURCES)]
        if source == Referral.Source.PROMO_CODE and (plan.advocate(number) % 2 and number % 2) == turn:
            yield number


class CodesMaker:
    """Makes the codes of the two programs, in the order of their ids; uses and holders go by the same numbers."""

    def __init__(self, plan: Plan, programs: Sequence[Program], first_id: int) -> None:
        self.plan = plan
        self.began = plan.at - SPAN + LAUNCH
        self.refilled = plan.at - REFILL_BEFORE
        self.used = list(promo_referrals(plan, 0))
        self.named = _uses_by_advocate(plan)
        self.mark = max(40, plan.participants // 10)
        self.stocks = self._stocks()
        self.one_time = self._pool(programs[0], first_id, sum(stock.size for stock in self.stocks), notify_at=self.mark)
        self.batches = self._batches(first_id)
        self.first_named = first_id + sum(stock.size for stock in self.stocks)
        self.multi_use = self._pool(programs[1], self.first_named, plan.participants // 2, kind="multi_use")
        self.named_batch = self._batch(
            self.multi_use, "One for each advocate", "generated", self.first_named, plan.participants // 2, self.began
        )

    def rows(self) -> Iterator[PromoCodeRow]:
        """Yield the codes of both programs."""
        place = 0
        for stock, batch in zip(self.stocks, self.batches, strict=True):
            for row in self._of_batch(stock, batch.pk, place):
                yield row
                place += 1
        for place, number in enumerate(range(1, self.plan.participants, 2)):
            yield self._named(self.first_named + place, number)

    def uses(self) -> Iterator[UseRow]:
        """Yield who used which code: each promo referral one."""
        first = self.one_time.first_id or 0
        for place, number in enumerate(self.used):
            yield self._use(first + place, number, self._used_at(number))
        for number in promo_referrals(self.plan, 1):
            advocate = self.plan.advocate(number)
            yield self._use(self.first_named + advocate // 2, number, self._used_at(number))

    def holders(self) -> Iterator[HolderRow]:
        """Yield who gets codes in which program."""
        for number in range(self.plan.participants):
            yield HolderRow(self.one_time.pk, self.plan.first_participant + number, self._given_at(number), None)
            if number % 2:
                yield HolderRow(self.multi_use.pk, self.plan.first_participant + number, self._given_at(number), None)

    def readings(self) -> Iterator[ReadingRow]:
        """Yield how the stock stood, for its chart."""
        at = self.plan.at - READINGS_FOR
        while at < self.plan.at:
            yield self._reading(at)
            at += READING_EVERY

    def _stocks(self) -> list[Stock]:
        people = self.plan.participants
        before = bisect_left(range(people), self.refilled, key=self.plan.joined_at)
        left = self.mark // 4
        begins_with = len(self.used) + self.withdrawn
        half = self.began + (self.refilled - self.began) / 2
        return [
            Stock("Launch codes.csv", "upload", self.began, 0, before // 2, 0, begins_with),
            Stock("Autumn refill", "generated", half, before // 2, before, left),
            Stock("Refill of this month.xlsx", "upload", self.refilled, before, people, self.mark * 5 // 4 - left),
        ]

    @property
    def withdrawn(self) -> int:
        """Return how many codes were withdrawn."""
        return min(WITHDRAWN, self.plan.participants)

    def _pool(
        self, program: Program, first_id: int, size: int, *, kind: str = "one_time", notify_at: int | None = None
    ) -> CodePool:
        return CodePool.objects.create(
            program=program,
            kind=kind,
            codes_each=EACH if kind == "one_time" else 1,
            notify_at=notify_at,
            notify_emails=["maya.chen@example.com"] if notify_at else [],
            on_widgets=True,
            first_id=first_id if size else None,
            last_id=first_id + size - 1 if size else None,
            switched_on_at=self.began,
            created_at=self.began,
            updated_at=self.began,
        )

    def _batches(self, first_id: int) -> list[CodeBatch]:
        made = []
        for stock in self.stocks:
            made.append(self._batch(self.one_time, stock.name, stock.source, first_id, stock.size, stock.added))
            first_id += stock.size
        return made

    def _batch(self, pool: CodePool, name: str, source: str, first_id: int, size: int, added: datetime) -> CodeBatch:
        return CodeBatch.objects.create(
            pool=pool,
            name=name,
            source=source,
            added_by="tomas.alvarez@example.com",
            code_count=size,
            first_id=first_id if size else None,
            last_id=first_id + size - 1 if size else None,
            created_at=added,
        )

    def _of_batch(self, stock: Stock, batch_id: int, place: int) -> Iterator[PromoCodeRow]:
        if stock.begins_with:
            for number in self.used:
                yield self._used_row(place, batch_id, number)
                place += 1
            for number in range(self.withdrawn):
                at = self._given_at(number)
                gone = late(at, self.plan.at, 0.5)
                yield self._row(place, batch_id, State.WITHDRAWN, number, assigned_at=at, withdrawn_at=gone)
                place += 1
        for number in range(stock.first, stock.last):
            at = self._given_at(number)
            for _turn in range(EACH):
                is_copied = self.plan.share("copied", place) < COPIED_SHARE
                copied_at = late(at, self.plan.at, 0.3) if is_copied else None
                yield self._row(place, batch_id, State.ASSIGNED, number, assigned_at=at, copied_at=copied_at)
                place += 1
        for _turn in range(stock.in_stock):
            yield self._row(place, batch_id, State.STOCK, None)
            place += 1

    def _used_row(self, place: int, batch_id: int, number: int) -> PromoCodeRow:
        advocate, used_at = self.plan.advocate(number), self._used_at(number)
        at = self._given_at(advocate)
        dates = {"assigned_at": at, "copied_at": late(at, used_at, 0.8), "used_at": used_at}
        return self._row(place, batch_id, State.USED, advocate, use_count=1, **dates)

    def _row(self, place: int, batch_id: int, state: State, number: int | None, **more: Any) -> PromoCodeRow:
        values: dict[str, Any] = {
            "id": (self.one_time.first_id or 0) + place,
            "pool_id": self.one_time.pk,
            "batch_id": batch_id,
            "code": one_time_code(self.plan, place),
            "state": state.value,
            "participant_id": None if number is None else self.plan.first_participant + number,
        }
        return PromoCodeRow(**(DEFAULTS | values | more))

    def _named(self, code_id: int, number: int) -> PromoCodeRow:
        uses, last = self.named.get(number, (0, None))
        values: dict[str, Any] = {
            "id": code_id,
            "pool_id": self.multi_use.pk,
            "batch_id": self.named_batch.pk,
            "code": name_code(self.plan, number),
            "state": State.ASSIGNED.value,
            "is_multi_use": True,
            "participant_id": self.plan.first_participant + number,
            "use_count": uses,
            "assigned_at": self._given_at(number),
            "used_at": None if last is None else self._used_at(last),
        }
        return PromoCodeRow(**(DEFAULTS | values))

    def _use(self, code_id: int, number: int, at: datetime) -> UseRow:
        friend = self.plan.first_participant + self.plan.friend(number)
        return UseRow(code_id, f"order-{100_000 + number}", friend, self.plan.first_referral + number, at)

    def _given_at(self, number: int) -> datetime:
        return max(self.plan.joined_at(number), self.began)

    def _used_at(self, referral: int) -> datetime:
        started = self.plan.joined_at(self.plan.friend(referral))
        return max(started, self._given_at(self.plan.advocate(referral)))

    def _reading(self, at: datetime) -> ReadingRow:
        people = self.plan.participants
        joined = self.plan.joined_by(at) if people else 0
        used = len(self.used) * joined // people if people else 0
        arrived = sum(stock.size for stock in self.stocks if stock.added <= at)
        assigned = joined * EACH
        in_stock = max(0, arrived - assigned - used - self.withdrawn)
        copied = int(assigned * COPIED_SHARE)
        return ReadingRow(self.one_time.pk, at, in_stock, assigned, copied, used, self.withdrawn, 0)


def _uses_by_advocate(plan: Plan) -> dict[int, tuple[int, int]]:
    """Return for each advocate whose multi-use code was used how often, and by which referral last."""
    uses: dict[int, tuple[int, int]] = {}
    for number in promo_referrals(plan, 1):
        advocate = plan.advocate(number)
        uses[advocate] = (uses.get(advocate, (0, 0))[0] + 1, number)
    return uses


def load_promo_codes(plan: Plan, setting: Setting, *, load: Load, first_id: int) -> int:
    """Make the pools, batches, codes, uses and readings, and return how many codes there are."""
    maker = CodesMaker(plan, setting.programs, first_id)
    loaded = load(PromoCode, PromoCodeRow._fields, maker.rows())
    load(CodeUse, UseRow._fields, maker.uses())
    load(CodeHolder, HolderRow._fields, maker.holders())
    load(StockReading, ReadingRow._fields, maker.readings())
    manager = Actor.of(setting.team[1])
    _record_withdrawals(maker, by=manager)
    for pool in (maker.one_time, maker.multi_use):
        show_on_widgets(program=pool.program, shown=pool.on_widgets, by=manager, at=maker.began)
    return loaded


def _record_withdrawals(maker: CodesMaker, *, by: Actor) -> None:
    """Write the audit entries of the withdrawals, as withdrawing by hand would have."""
    for code in PromoCode.objects.filter(pool=maker.one_time, state=State.WITHDRAWN).order_by("pk"):
        changes = {"state": Change(State.ASSIGNED.value, State.WITHDRAWN.value), "reason": Change(None, WHY_WITHDRAWN)}
        at = code.withdrawn_at or maker.plan.at
        audit.record(by=by, action="promo_code.withdrawn", target=code, at=at, changes=changes)


def prepare_third(setting: Setting, *, at: datetime) -> None:
    """Set up promo codes for a program and upload some, but leave them off."""
    program = Program.objects.get(key="winter-special")
    pool = CodePool.objects.create(program=program, codes_each=3, created_at=at, updated_at=at)
    texts = [f"WINTER-{number:03}" for number in range(1, PREPARED + 1)]
    batch = CodeBatch.objects.create(
        pool=pool, name="Winter trial.txt", added_by=setting.team[1].email, code_count=len(texts), created_at=at
    )
    made = PromoCode.objects.bulk_create(PromoCode(pool=pool, batch=batch, code=text) for text in texts)
    extent = {"first_id": made[0].pk, "last_id": made[-1].pk}
    CodeBatch.objects.filter(pk=batch.pk).update(**extent)
    CodePool.objects.filter(pk=pool.pk).update(**extent)
