"""Many sign-ups at once come to what one after the other comes to."""

from __future__ import annotations

import pytest
from django.db import transaction

from outbox.models import Email
from programs.operations import erase_participant
from rewards.models import Reward, RuleMail, RuleResult, RuleTally
from rewards.rules import give_for_new_sign_ups, give_for_sign_ups
from team.models import AuditEntry
from tests.factories import (
    make_catalog_reward,
    make_participant,
    make_program,
    make_referral,
    make_rule,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def referrals(at, by):
    """Return sign-ups in two programs: of a busy advocate, of one who is blocked, and of one who was deleted."""
    busy = make_participant(user_id="busy", first_name="Bea", email="bea@example.com", locale="zh_CN")
    blocked = make_participant(user_id="blocked", email="blocked@example.com", date_blocked=at)
    deleted = make_participant(user_id="deleted")
    one, two = make_program(key="one"), make_program(key="two")
    advocates = [busy, blocked, deleted, busy, busy, blocked]
    friends = [make_participant(user_id=f"f{number}", email=f"f{number}@example.com") for number in range(6)]
    made = [
        make_referral(program=program, referrer=advocate, referred=friend)
        for program in (one, two)
        for advocate, friend in zip(advocates, friends, strict=True)
    ]
    with_mail = make_rule(
        program=one, trigger="SIGN_UP", audience="BOTH", limit_each=2, name="Welcome", sends_mail=True
    )
    for side in ("ADVOCATE", "FRIEND"):
        for language in ("en", "zh-hans"):
            RuleMail.objects.create(
                rule=with_mail, side=side, language=language, subject="Thanks", text="{{ reward }} of {{ friend_name }}"
            )
    make_rule(program=one, trigger="SIGN_UP", audience="FRIEND", gives="DISCOUNT", unit=None, amount=15, name="Off")
    make_rule(program=two, trigger="SIGN_UP", pending_count=3, validity_count=2, name="Later")
    closed = make_catalog_reward(name="Old offer", is_active=False)
    make_rule(program=two, trigger="SIGN_UP", gives="CATALOG", unit=None, amount=None, catalog_reward=closed)
    make_rule(program=two, trigger="CONVERSION")
    RuleTally.objects.create(rule=with_mail, participant=busy, given=1)
    erase_participant(participant=deleted, do_not_track=False, by=by, at=at)
    for referral in made:
        referral.referrer.refresh_from_db()
    return made


def state() -> dict[str, list]:
    """Return everything that giving leaves, without primary keys and chance."""
    rewards = Reward.objects.values_list(
        "participant", "rule__name", "type", "unit__key", "amount", "status", "pending_reason", "source", "name",
        "referral", "program__key", "catalog_reward", "unique_id", "date_created", "date_given", "date_scheduled_for",
        "date_expires", "internal_note", "updated_at",
    )  # fmt: skip
    results = RuleResult.objects.values_list(
        "rule", "side", "participant", "referral", "conversion", "outcome", "reward__participant", "is_only", "at"
    )
    audit = AuditEntry.objects.filter(object_type="rewards.reward")
    names = dict(Reward.objects.values_list("pk", "participant"))
    return {
        "rewards": sorted(map(str, rewards)),
        "results": sorted(map(str, results)),
        "tallies": sorted(RuleTally.objects.values_list("rule__name", "participant", "given")),
        "mails": sorted(Email.objects.values_list("to", "language", "subject", "text", "status")),
        "audit": sorted(
            str((names[int(one.object_id)], one.action, one.actor, one.object_label, one.changes)) for one in audit
        ),
    }


def test_many_sign_ups_come_to_the_same_as_one_after_the_other(referrals, at):
    with transaction.atomic():
        give_for_sign_ups(referrals=referrals, at=at)
        expected = state()
        transaction.set_rollback(True)

    give_for_new_sign_ups(referrals=referrals, at=at)

    found = state()
    for name, rows in found.items():
        assert (name, rows) == (name, expected[name])
    assert {name: len(rows) for name, rows in found.items()} == {
        "rewards": 20,
        "results": 30,
        "tallies": 4,
        "mails": 7,
        "audit": 20,
    }


def test_the_rewards_of_many_sign_ups_name_their_results_and_mails(referrals, at):
    give_for_new_sign_ups(referrals=referrals, at=at)

    mailed = Reward.objects.filter(rule__sends_mail=True, participant__email__gt="", participant__date_blocked=None)
    assert set(Email.objects.values_list("key", flat=True)) == {f"reward:{one.public_id}" for one in mailed}
    assert RuleResult.objects.filter(outcome="GIVEN", reward__isnull=False).count() == Reward.objects.count()


def test_sign_ups_without_a_rule_ask_for_rules_and_nothing_else(at, django_assert_num_queries):
    referral = make_referral()

    with django_assert_num_queries(3):  # two of them are the savepoint's
        give_for_new_sign_ups(referrals=[referral], at=at)


def test_so_many_more_sign_ups_take_no_more_statements(at, django_assert_max_num_queries):
    program = make_program()
    make_rule(program=program, trigger="SIGN_UP", audience="BOTH", limit_each=3)
    advocate = make_participant()
    referrals = [make_referral(program=program, referrer=advocate) for _number in range(40)]

    with django_assert_max_num_queries(20):
        give_for_new_sign_ups(referrals=referrals, at=at)

    assert RuleResult.objects.count() == 80
    assert RuleTally.objects.get().given == 3
