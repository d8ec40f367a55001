from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from programs.operations import delete_program
from programs.operations.checks import InvalidValue
from programs.operations.programs import ProgramInUse
from rewards.models import RewardRule, RuleMail
from rewards.operations import UnitDefinition, change_unit
from rewards.operations.errors import TermsNotValid, UnitInUse
from rewards.rules import MailText, RuleDefinition, add_rule, change_rule, give_for_sign_up, switch_rule
from rewards.rules.errors import RuleChangedMeanwhile, RuleNotValid
from team.models import AuditEntry
from tests.factories import make_catalog_reward, make_program, make_referral, make_rule, make_unit

pytestmark = pytest.mark.django_db

ENGLISH = MailText("ADVOCATE", "en", "You got {{ reward }}", "Hi {{ reader_name }}, thank you!")
CHINESE = MailText("ADVOCATE", "zh-hans", "您获得了 {{ reward }}", "{{ reader_name }}，谢谢您！")


def definition(**fields) -> RuleDefinition:
    defaults: dict[str, Any] = {"name": "Thank you", "trigger": "CONVERSION", "audience": "ADVOCATE", "gives": "AMOUNT"}
    if fields.get("gives", "AMOUNT") == "AMOUNT":
        defaults |= {"unit": make_unit(), "amount": 1000}
    return RuleDefinition(**{**defaults, **fields})


def test_a_rule_is_added_with_its_mails_and_audited(by, at):
    program = make_program(name="Friends")

    rule = add_rule(
        program=program,
        definition=definition(pending_count=14, limit_each=5, sends_mail=True, mails=(ENGLISH, CHINESE)),
        by=by,
        at=at,
    )

    rule.refresh_from_db()
    assert (rule.program, rule.is_on, rule.amount, rule.limit_each) == (program, True, 1000, 5)
    assert (rule.pending_count, rule.pending_period) == (14, "DAYS")
    assert [(mail.language, mail.subject) for mail in rule.mails.all()] == [
        ("en", "You got {{ reward }}"),
        ("zh-hans", "您获得了 {{ reward }}"),
    ]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.object_label, entry.changes) == (
        "rule.added",
        "Thank you",
        {"program": [None, "Friends"]},
    )


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"unit": None}, "unit"),
        ({"amount": None}, "amount"),
        ({"order_share": 500}, "order_share"),
        ({"gives": "SHARE", "order_share": 500}, "unit"),
        ({"gives": "DISCOUNT"}, "amount"),
        ({"gives": "CATALOG"}, "catalog_reward"),
        ({"minimum_order": 100}, "minimum_currency"),
        ({"minimum_currency": "USD"}, "minimum_currency"),
        ({"trigger": "SIGN_UP", "first_only": True}, "first_only"),
        ({"trigger": "SIGN_UP", "minimum_order": 100, "minimum_currency": "USD"}, "minimum_order"),
        ({"audience": "FRIEND", "limit_each": 1}, "limit_each"),
        ({"sends_mail": True}, "sends_mail"),
        ({"audience": "BOTH", "sends_mail": True, "mails": (ENGLISH,)}, "sends_mail"),
    ],
)
def test_what_does_not_belong_together_is_refused_beside_its_field(by, at, fields, wrong):
    program = make_program()

    with pytest.raises(RuleNotValid) as refused:
        add_rule(program=program, definition=definition(**fields), by=by, at=at)

    assert refused.value.params["field"] == wrong
    assert not RewardRule.objects.exists()


def test_a_part_of_an_order_needs_a_unit_with_a_currency(by, at):
    share = definition(gives="SHARE", order_share=500, unit=make_unit("POINT"))

    with pytest.raises(RuleNotValid, match="part of an order is money"):
        add_rule(program=make_program(), definition=share, by=by, at=at)


def test_a_part_of_an_order_has_a_minimum_in_the_same_currency(by, at):
    unit = make_unit("CASH/USD")
    share = definition(gives="SHARE", order_share=500, unit=unit, minimum_order=5000, minimum_currency="EUR")

    with pytest.raises(RuleNotValid, match="orders in another currency get none"):
        add_rule(program=make_program(), definition=share, by=by, at=at)


def test_no_rule_gives_a_code_of_a_fuel_tank(by, at):
    coffee = make_catalog_reward(type="FUELTANK", unit=None, amount=20)

    with pytest.raises(RuleNotValid, match="code from a pool"):
        add_rule(program=make_program(), definition=definition(gives="CATALOG", catalog_reward=coffee), by=by, at=at)


@pytest.mark.parametrize("fields", [{"amount": 0}, {"gives": "DISCOUNT", "amount": 101}])
def test_a_value_out_of_range_is_refused(by, at, fields):
    with pytest.raises(TermsNotValid):
        add_rule(program=make_program(), definition=definition(**fields), by=by, at=at)

    assert not RewardRule.objects.exists()


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "x" * 101}, {"limit_each": 0}, {"pending_count": 0}, {"validity_count": 1201}]
)
def test_a_field_that_cannot_hold_its_value_is_refused(by, at, fields):
    with pytest.raises(InvalidValue) as refused:
        add_rule(program=make_program(), definition=definition(**fields), by=by, at=at)

    assert refused.value.params["field"] == next(iter(fields))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hi {{ first_name }}", "{{ first_name }}"),
        ("Hi {{ reader_name }", "{{ reader_name }"),
        ("Hi {reader_name}", "{reader_name}"),
        ("Hi {{reader name}}", "{{reader name}}"),
        ("Hi {{ READER_NAME }}", "{{ READER_NAME }}"),
        ("Hi {% now %}", "{% now %}"),
        ("100 } 99", "100 }"),
        ("{{ reader_name }} {{ {{ reward }} }}", "{{"),
    ],
)
@pytest.mark.parametrize("part", ["subject", "text"])
def test_a_broken_tag_is_refused_by_its_name(by, at, text, shown, part):
    mail = MailText(**{"side": "ADVOCATE", "language": "en", "subject": "A", "text": "B", part: text})

    with pytest.raises(InvalidValue) as refused:
        add_rule(program=make_program(), definition=definition(sends_mail=True, mails=(mail,)), by=by, at=at)

    assert refused.value.params["field"] == f"advocate_en_{part}"
    assert f"“{shown}" in refused.value.params["reason"]
    assert not RewardRule.objects.exists()


def test_a_change_holds_from_now_on_and_is_audited_in_words(by, at):
    rule = add_rule(program=make_program(), definition=definition(mails=(ENGLISH,)), by=by, at=at)
    later = at + timedelta(hours=1)

    changed = change_rule(
        rule=rule,
        definition=definition(gives="SHARE", order_share=750, unit=make_unit("CREDIT/CAD"), mails=(CHINESE,)),
        seen_at=at,
        by=by,
        at=later,
    )

    rule.refresh_from_db()
    assert (rule.gives, rule.order_share, rule.amount, rule.unit.key) == ("SHARE", 750, None, "CREDIT/CAD")
    assert rule.updated_at == changed.updated_at == later
    assert RuleMail.objects.get().subject == CHINESE.subject
    changes = AuditEntry.objects.get(action="rule.changed").changes
    assert changes["unit"] == ["CASH/USD", "CREDIT/CAD"]
    assert changes["Mail to the advocate in English"] == [
        "You got {{ reward }}\n\nHi {{ reader_name }}, thank you!",
        "",
    ]


def test_the_same_again_changes_nothing(by, at):
    rule = add_rule(program=make_program(), definition=definition(mails=(ENGLISH, CHINESE)), by=by, at=at)

    change_rule(
        rule=rule,
        definition=definition(mails=(CHINESE, ENGLISH)),
        seen_at=at,
        by=by,
        at=at + timedelta(hours=1),
    )

    rule.refresh_from_db()
    assert rule.updated_at == at
    assert AuditEntry.objects.count() == 1


def test_who_saw_an_older_version_overwrites_nothing(by, at):
    rule = make_rule(name="As it was")
    change_rule(rule=rule, definition=definition(name="First"), seen_at=at, by=by, at=at + timedelta(seconds=1))

    with pytest.raises(RuleChangedMeanwhile):
        change_rule(rule=rule, definition=definition(name="Second", mails=(ENGLISH,)), seen_at=at, by=by, at=at)

    rule.refresh_from_db()
    assert rule.name == "First"
    assert not RuleMail.objects.exists()


def test_a_rule_is_switched_off_and_on_once_each(by, at):
    rule = make_rule()

    outcomes = [switch_rule(rule=rule, on=on, by=by, at=at) for on in (False, False, True)]

    rule.refresh_from_db()
    assert outcomes == [True, False, True]
    assert rule.is_on
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "rule.switched_off",
        "rule.switched_on",
    ]


def test_a_program_that_nobody_uses_is_deleted_with_its_rules(by, at):
    program = make_program(status="draft")
    add_rule(program=program, definition=definition(mails=(ENGLISH,)), by=by, at=at)

    delete_program(program=program, by=by, at=at)

    assert not RewardRule.objects.exists()
    assert not RuleMail.objects.exists()


def test_a_program_whose_rule_gave_something_is_kept(by, at):
    referral = make_referral(program=make_program(status="paused"))
    make_rule(program=referral.program, trigger="SIGN_UP")
    give_for_sign_up(referral=referral, at=at)

    with pytest.raises(ProgramInUse):
        delete_program(program=referral.program, by=by, at=at)

    assert RewardRule.objects.count() == 1


def test_a_unit_that_a_rule_counts_in_keeps_its_meaning(by, at):
    unit = make_unit()
    make_rule(unit=unit)
    other = UnitDefinition(key="CASH/USD", kind="CASH", name="Dollars", currency="USD", exponent=3)

    with pytest.raises(UnitInUse):
        change_unit(unit=unit, definition=other, seen_at=at, by=by, at=at)

    unit.refresh_from_db()
    assert unit.exponent == 2
