"""Which rewards are drawn, compared with a plain model that goes through them one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from advocate.lib import db
from jobs.models import Job
from rewards.balance_import.allocation import draw_rewards, prepare_drawing
from rewards.balance_import.applying import redeem_chunk
from rewards.models import Reward, RewardEntry, StagedRedemption
from rewards.operations import cancel_reward, redeem_reward
from team.audit import SYSTEM
from tests.conftest import NOON
from tests.factories import make_participant, make_reward, make_unit

HOUR = timedelta(hours=1)


@dataclass
class PlainReward:
    """A reward without a database: hours instead of instants, its place in the list instead of an id."""

    person: int
    unit: str
    amount: int
    redeemed: int
    status: str
    given: int
    expires: int | None

    @property
    def left(self) -> int:
        return self.amount - self.redeemed

    def is_drawable(self) -> bool:
        return self.status == "AVAILABLE" and (self.expires is None or self.expires > 0)


def plainly_drawn(rewards: list[PlainReward], asked: list[tuple[int, str, int]]) -> tuple[list[int], list[bool]]:
    """Return what each reward gives, and which rows were done."""
    given = [0] * len(rewards)
    done = []
    for person, unit, amount in asked:
        mine = [
            (reward.expires is None, reward.expires or 0, reward.given, place)
            for place, reward in enumerate(rewards)
            if reward.person == person and reward.unit == unit and reward.is_drawable()
        ]
        places = [place for *_order, place in sorted(mine)]
        done.append(sum(rewards[place].left for place in places) >= amount)
        rest = amount if done[-1] else 0
        for place in places:
            taken = min(rest, rewards[place].left)
            given[place] += taken
            rest -= taken
    return given, done


UNITS = ("CASH/USD", "POINT")
REWARDS = st.lists(
    st.builds(
        PlainReward,
        person=st.integers(0, 2),
        unit=st.sampled_from(UNITS),
        amount=st.integers(2, 30),
        redeemed=st.integers(0, 1),
        status=st.sampled_from(["AVAILABLE"] * 5 + ["PENDING", "EXPIRED", "CANCELLED"]),
        given=st.integers(0, 3),
        expires=st.one_of(st.none(), st.integers(-1, 3)),
    ),
    max_size=12,
)
ASKED = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(UNITS), st.integers(1, 60)),
    max_size=6,
    unique_by=lambda row: row[:2],
)


def _made(plain: PlainReward, people: list) -> Reward:
    redeemed = 0 if plain.status == "PENDING" else plain.redeemed
    plain.redeemed = redeemed
    dates = {} if plain.status == "PENDING" else {"date_given": NOON + plain.given * HOUR}
    expires = None if plain.expires is None else NOON + plain.expires * HOUR
    if plain.status == "EXPIRED":
        expires = expires or NOON
    return make_reward(
        participant=people[plain.person],
        unit=make_unit(plain.unit),
        amount=plain.amount,
        redeemed=redeemed,
        status=plain.status,
        date_expires=expires,
        **dates,
    )


def _staged(asked: list[tuple[int, str, int]], people: list) -> Job:
    job = Job.objects.create(
        kind="import", type="update-balances", name="x", phase="applying", created_at=NOON, expires_at=NOON
    )
    rows = [
        (job.pk, number, "good", "", "", "", None, "", "", "", make_unit(unit).pk, amount, people[person].pk)
        for number, (person, unit, amount) in enumerate(asked, start=2)
    ]
    fields = (
        "job", "row_no", "state", "code", "column", "found", "params",
        "account_id", "user_id", "email", "unit", "amount", "participant",
    )  # fmt: skip
    db.load_rows(StagedRedemption, fields, rows)
    return job


@pytest.mark.django_db
@settings(max_examples=80, deadline=None)
@given(rewards=REWARDS, asked=ASKED, chunk=st.sampled_from([1, 2, 100]))
def test_rewards_are_drawn_as_one_by_one(rewards, asked, chunk):
    people = [make_participant() for _ in range(3)]
    real = [_made(plain, people) for plain in rewards]
    job = _staged(asked, people)
    expected, done = plainly_drawn(rewards, asked)
    before = [reward.redeemed for reward in real]

    applied = []
    for low in range(0, len(asked) + 2, chunk):
        with transaction.atomic():
            applied.append(redeem_chunk(job, low, low + chunk - 1, NOON))

    for reward in real:
        reward.refresh_from_db()
    assert [reward.redeemed - old for reward, old in zip(real, before, strict=True)] == expected
    assert sum(one.done for one in applied) == sum(done)
    assert sum(one.refused for one in applied) == len(done) - sum(done)
    refused = StagedRedemption.objects.filter(job=job, state="refused").order_by("row_no")
    assert [row.row_no - 2 for row in refused] == [place for place, ok in enumerate(done) if not ok]
    entries = RewardEntry.objects.filter(job=job).values_list("reward_id", "amount")
    assert sorted(entries) == sorted((reward.pk, taken) for reward, taken in zip(real, expected, strict=True) if taken)
    for reward, plain in zip(real, rewards, strict=True):
        all_gone = plain.status == "AVAILABLE" and reward.redeemed == reward.amount
        assert reward.status == ("REDEEMED" if all_gone else plain.status)


@pytest.mark.django_db
def test_totals_say_what_was_drawn_of_each_unit(reward_of_30):
    person = reward_of_30.participant
    make_reward(participant=person, unit=make_unit("POINT"), amount=50)
    make_reward(participant=person, amount=100, date_given=NOON - HOUR)
    job = _staged([(0, "CASH/USD", 150), (0, "POINT", 50)], [person])

    with transaction.atomic():
        drawing = draw_rewards(job=job, low=0, high=9, at=NOON)

    drawn = {(unit.rows, unit.amount) for unit in drawing.units}
    assert (drawn, drawing.short) == ({(1, 150), (1, 50)}, [])


def _redeemed(reward: Reward) -> None:
    redeem_reward(reward=reward, amount=2600, key="k", by=SYSTEM, at=NOON)


def _cancelled(reward: Reward) -> None:
    cancel_reward(reward=reward, reason="", by=SYSTEM, at=NOON)


def _expired(reward: Reward) -> None:
    Reward.objects.filter(pk=reward.pk).update(date_expires=NOON)


@pytest.mark.django_db
@pytest.mark.parametrize(("change", "left"), [(_redeemed, 400), (_cancelled, 0), (_expired, 0)])
def test_what_changes_between_preparing_and_drawing_is_seen(reward_of_30, change, left):
    second = make_reward(participant=reward_of_30.participant, amount=1000, date_given=reward_of_30.date_given + HOUR)
    job = _staged([(0, "CASH/USD", 1000)], [reward_of_30.participant])

    draw = prepare_drawing(job=job, low=0, high=9, at=NOON)
    change(reward_of_30)
    with transaction.atomic():
        drawing = draw(NOON)

    entries = RewardEntry.objects.filter(job=job).order_by("id").values_list("reward_id", "amount")
    expected = [(reward_of_30.pk, left), (second.pk, 1000 - left)]
    assert list(entries) == [(pk, amount) for pk, amount in expected if amount]
    assert ([unit.amount for unit in drawing.units], drawing.short) == ([1000], [])


@pytest.mark.django_db
def test_a_row_whose_balance_goes_between_preparing_and_drawing_draws_nothing(reward_of_30):
    job = _staged([(0, "CASH/USD", 1000)], [reward_of_30.participant])

    draw = prepare_drawing(job=job, low=0, high=9, at=NOON)
    _redeemed(reward_of_30)
    with transaction.atomic():
        drawing = draw(NOON)

    assert (drawing.units, [row.shortfall.available for row in drawing.short]) == ([], [400])
    assert not RewardEntry.objects.filter(job=job).exists()


@pytest.mark.django_db(transaction=True)
def test_a_drawing_is_undone_with_its_transaction_and_may_be_done_again(reward_of_30):
    job = _staged([(0, "CASH/USD", 3000)], [reward_of_30.participant])
    draw = prepare_drawing(job=job, low=0, high=9, at=NOON)

    with transaction.atomic():
        draw(NOON)
        transaction.set_rollback(True)

    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status) == (0, "AVAILABLE")
    assert not RewardEntry.objects.exists()
    with transaction.atomic():
        draw(NOON)
    reward_of_30.refresh_from_db()
    assert (reward_of_30.redeemed, reward_of_30.status) == (3000, "REDEEMED")
    assert [entry.amount for entry in RewardEntry.objects.all()] == [3000]


@pytest.mark.django_db
def test_the_largest_amounts_add_up_exactly():
    person = make_participant()
    rewards = [make_reward(participant=person, amount=2**53 - 1) for _ in range(5)]
    job = _staged([(0, "CASH/USD", 4 * (2**53 - 1) + 1)], [person])

    with transaction.atomic():
        applied = redeem_chunk(job, 0, 9, NOON)

    for reward in rewards:
        reward.refresh_from_db()
    assert [reward.redeemed for reward in rewards] == [2**53 - 1] * 4 + [1]
    assert applied.totals == {"CASH/USD": 4 * (2**53 - 1) + 1}
