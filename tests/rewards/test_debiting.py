from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards.models import Reward, RewardEntry
from rewards.operations import Debit, debit_balance
from rewards.operations.errors import AmountNotPositive, BalanceTooSmall
from team.audit import SYSTEM, Actor
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_reward, make_unit

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SHOP = Actor(label="API key Shop (AD1)")


@pytest.fixture
def ada(db):
    return make_participant(account_id="acme", user_id="ada")


def debit(amount, **options):
    by_default = {"account_id": "acme", "unit": make_unit(), "key": "api:1", "by": SHOP, "at": NOON}
    return debit_balance(amount=amount, **{**by_default, **options})


def drawn():
    return dict(Reward.objects.filter(redeemed__gt=0).values_list("name", "redeemed"))


def test_rewards_are_drawn_by_expiry_then_by_when_they_were_given_and_the_last_one_partly(ada):
    make_reward(participant=ada, name="never expires", date_given=NOON - 9 * DAY)
    make_reward(participant=ada, name="late", date_expires=NOON + 9 * DAY)
    make_reward(participant=ada, name="soon, given later", date_expires=NOON + DAY, date_given=NOON - DAY)
    make_reward(participant=ada, name="soon, given first", date_expires=NOON + DAY, date_given=NOON - 2 * DAY)

    debit_is = debit(7000)

    assert debit_is == Debit(redeemed=7000, available=5000)
    assert drawn() == {"soon, given first": 3000, "soon, given later": 3000, "late": 1000}
    assert sorted(Reward.objects.values_list("status", flat=True)) == [
        "AVAILABLE", "AVAILABLE", "REDEEMED", "REDEEMED",
    ]  # fmt: skip


def test_an_account_is_one_pool_of_all_its_users(ada):
    bob = make_participant(account_id="acme", user_id="bob")
    make_reward(participant=ada, name="Ada's", date_expires=NOON + 2 * DAY)
    make_reward(participant=bob, name="Bob's", date_expires=NOON + DAY)
    make_reward(name="another account's", date_expires=NOON + DAY)

    assert debit(4000) == Debit(redeemed=4000, available=2000)

    assert drawn() == {"Bob's": 3000, "Ada's": 1000}
    entries = RewardEntry.objects.order_by("amount").values_list("participant", "amount", "reward__name")
    assert list(entries) == [(ada.pk, 1000, "Ada's"), (bob.pk, 3000, "Bob's")]


def test_one_users_rewards_alone_are_drawn_where_the_user_is_named(ada):
    bob = make_participant(account_id="acme", user_id="bob")
    make_reward(participant=ada, name="Ada's")
    make_reward(participant=bob, name="Bob's", date_expires=NOON + DAY)

    assert debit(1000, user_id="ada") == Debit(redeemed=1000, available=5000)

    assert drawn() == {"Ada's": 1000}


def test_what_is_not_available_is_not_drawn(ada):
    make_reward(participant=ada, name="past", date_expires=NOON)
    make_reward(participant=ada, name="pending", status="PENDING")
    make_reward(participant=ada, name="cancelled", status="CANCELLED")
    make_reward(participant=ada, name="points", unit=make_unit("POINT"))
    make_reward(participant=ada, name="discount", type="PCT_DISCOUNT", unit=None, amount=10)
    make_reward(participant=ada, name="gift card", type="INTEGRATION")
    make_reward(participant=ada, name="good")

    with pytest.raises(BalanceTooSmall):
        debit(3001)
    assert drawn() == {}
    assert debit(3000).available == 0
    assert drawn() == {"good": 3000}


@pytest.mark.parametrize("amount", [3001, 2**53 - 1, 2**53, 2**64, 10**30])
def test_more_than_the_balance_is_refused_whole_and_changes_nothing(ada, amount):
    make_reward(participant=ada)

    with pytest.raises(BalanceTooSmall, match=r"Only \$30.00 is available"):
        debit(amount)

    assert not RewardEntry.objects.exists()
    assert not AuditEntry.objects.exists()
    assert Reward.objects.get().redeemed == 0


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_not_debited(ada, amount):
    make_reward(participant=ada)

    with pytest.raises(AmountNotPositive):
        debit(amount)

    assert not RewardEntry.objects.exists()


def test_the_ledger_and_the_audit_list_name_the_key_and_the_request(ada):
    reward = make_reward(participant=ada, redeemed=500)

    debit(1000, key="api:42")

    entry = RewardEntry.objects.get()
    assert (entry.kind, entry.amount, entry.actor, entry.user, entry.job) == (
        "REDEMPTION",
        1000,
        SHOP.label,
        None,
        None,
    )
    assert (entry.key, entry.at) == (f"api:42:{reward.pk}", NOON)
    audit = AuditEntry.objects.get()
    assert (audit.action, audit.actor, audit.object_id) == ("reward.redeemed", SHOP.label, str(reward.pk))
    assert audit.changes == {"redeemed": [500, 1500]}


@settings(deadline=None, max_examples=50)
@given(
    balances=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3), st.integers(0, 3)), max_size=6),
    amounts=st.lists(st.integers(1, 80), max_size=5),
)
def test_debits_take_what_a_plain_loop_takes(balances, amounts):
    ada = make_participant()
    rewards = [
        make_reward(
            participant=ada,
            amount=amount,
            date_expires=NOON + expires * DAY if expires else None,
            date_given=NOON - given * DAY,
        )
        for amount, expires, given in balances
    ]
    order = sorted(rewards, key=lambda one: (one.date_expires or NOON + 99 * DAY, one.date_given, one.pk))
    left = {one.pk: one.amount for one in order}

    for number, amount in enumerate(amounts):
        options = {"account_id": ada.account_id, "key": f"{ada.pk}:{number}", "by": SYSTEM}
        if amount > sum(left.values()):
            with pytest.raises(BalanceTooSmall):
                debit(amount, **options)
            continue
        assert debit(amount, **options).available == sum(left.values()) - amount
        rest = amount
        for pk, held in left.items():
            left[pk] -= min(held, rest)
            rest -= min(held, rest)

    found = {one.pk: one.left for one in Reward.objects.filter(participant=ada)}
    assert found == left
    for one in Reward.objects.filter(participant=ada):
        assert one.redeemed == (one.entries.aggregate(sum=Sum("amount"))["sum"] or 0)
