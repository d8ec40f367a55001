from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from outbox.models import Email
from rewards.models import Reward, RuleMail
from rewards.rules import give_for_conversion, give_for_sign_up
from rewards.rules.mail_tags import TAGS
from team.models import Company
from tests.factories import make_attributed_order, make_participant, make_referral, make_rule

pytestmark = pytest.mark.django_db

ENGLISH = ("en", "{{ reward }} for you", "Hi {{ reader_name }},\n\n{{ friend_name }} came to {{ program }} by you.")
CHINESE = ("zh-hans", "您获得了{{ reward }}", "{{ reader_name }}，您好！")


def rule_that_writes(program, *texts, side="ADVOCATE", **fields):
    rule = make_rule(program=program, sends_mail=True, **{"trigger": "SIGN_UP", "audience": side, **fields})
    for language, subject, text in texts:
        RuleMail.objects.create(rule=rule, side=side, language=language, subject=subject, text=text)
    return rule


def referral_of(**advocate):
    fields = {"first_name": "Ada", "email": "ada@example.com", **advocate}
    return make_referral(referrer=make_participant(**fields), referred=make_participant(first_name="Ben"))


def test_an_advocate_reads_of_their_reward_in_plain_text_and_html(at):
    referral = referral_of()
    rule_that_writes(referral.program, ENGLISH, CHINESE)

    give_for_sign_up(referral=referral, at=at)

    mail = Email.objects.get()
    assert (mail.to, mail.subject, mail.language) == ("ada@example.com", "$10.00 for you", "en")
    assert mail.key == f"reward:{Reward.objects.get().public_id}"
    name = referral.program.name
    assert mail.text.startswith(f"Hi Ada,\n\nBen came to {name} by you.\n\nReward: $10.00\nAvailable from: at once")
    assert f"You get this e-mail because you take part in “{name}”." in mail.text
    assert f"Ben came to {name} by you.</p>" in mail.html


@pytest.mark.parametrize(
    ("locale", "default", "language"),
    [
        ("zh_CN", "", "zh-hans"),
        ("zh", "", "zh-hans"),
        ("de_DE", "zh-hans", "en"),
        ("", "zh-hans", "zh-hans"),
        ("", "", "en"),
        ("en_US", "zh-hans", "en"),
    ],
)
def test_everybody_reads_their_language(at, locale, default, language):
    Company.objects.update_or_create(pk=Company.ONLY_ID, defaults={"default_language": default})
    referral = referral_of(locale=locale)
    rule_that_writes(referral.program, ENGLISH, CHINESE)

    give_for_sign_up(referral=referral, at=at)

    assert Email.objects.get().language == language


def test_where_there_is_one_language_everybody_reads_that(at):
    referral = referral_of(locale="zh_CN")
    rule_that_writes(referral.program, ENGLISH)

    give_for_sign_up(referral=referral, at=at)

    assert (Email.objects.get().language, Email.objects.get().subject) == ("en", "$10.00 for you")


def test_a_mail_says_from_when_until_when_in_the_companys_time_zone(at):
    Company.objects.update_or_create(pk=Company.ONLY_ID, defaults={"time_zone": "Asia/Shanghai", "name": "Acme"})
    referral = referral_of()
    text = ("en", "A", "From {{ available_from }} until {{ expires }}")
    rule_that_writes(referral.program, text, pending_count=14, validity_count=1)

    give_for_sign_up(referral=referral, at=at + timedelta(hours=6))

    assert "From 29 Mar 2026 until 29 Apr 2026" in Email.objects.get().text
    assert "Acme" in Email.objects.get().html


def test_each_side_reads_its_own_text_and_no_more_than_a_first_name(at):
    referral = make_referral(
        referrer=make_participant(first_name="", email="ada@example.com"),
        referred=make_participant(first_name="Ben", last_name="Secret", email="ben@example.com"),
    )
    rule = rule_that_writes(referral.program, ("en", "A", "{{ friend_name }}"), audience="BOTH")
    RuleMail.objects.create(rule=rule, side="FRIEND", language="en", subject="B", text="{{ advocate_name }}")

    give_for_sign_up(referral=referral, at=at)

    texts = {mail.to: mail.text.splitlines()[0] for mail in Email.objects.all()}
    assert texts == {"ada@example.com": "Ben", "ben@example.com": "your friend"}


def test_what_somebody_is_called_is_neither_a_tag_nor_html(at):
    referral = referral_of(first_name="{{ program }} <b>")
    rule_that_writes(referral.program, ("en", "For {{ reader_name }}", "{{ reader_name }}"))

    give_for_sign_up(referral=referral, at=at)

    mail = Email.objects.get()
    assert mail.subject == "For {{ program }} <b>"
    assert "{{ program }} &lt;b&gt;" in mail.html


@pytest.mark.parametrize("advocate", [{"email": ""}, {"email": "no address"}, {"date_blocked": "now"}])
def test_who_cannot_or_must_not_be_written_to_gets_the_reward_without_a_mail(at, advocate):
    referral = referral_of(**{**advocate, **({"date_blocked": at} if "date_blocked" in advocate else {})})
    rule_that_writes(referral.program, ENGLISH)

    give_for_sign_up(referral=referral, at=at)

    assert Reward.objects.count() == 1
    assert not Email.objects.exists()


def test_there_is_one_mail_for_each_reward(at):
    order = make_attributed_order(referral=referral_of())
    rule_that_writes(order.program, ENGLISH, trigger="CONVERSION")
    give_for_conversion(conversion=order, at=at)
    give_for_conversion(conversion=order, at=at)

    give_for_conversion(conversion=make_attributed_order(referral=order.referral), at=at)

    assert Email.objects.count() == Reward.objects.count() == 2


def test_all_tags_are_filled(at):
    referral = referral_of()
    everything = " ".join(f"{{{{ {tag} }}}}" for tag in TAGS)
    rule_that_writes(referral.program, ("en", "A", everything))

    with translation.override("zh-hans"):
        give_for_sign_up(referral=referral, at=at)

    first = Email.objects.get().text.splitlines()[0]
    assert first == f"Ada Ada Ben $10.00 {referral.program.name} at once never"
