from __future__ import annotations

import pytest
from django.urls import reverse

from rewards.models import RewardRule, RuleMail
from rewards.rules import give_for_conversion, give_for_sign_up
from team.models import Role
from tests.factories import (
    make_attributed_order,
    make_catalog_reward,
    make_program,
    make_referral,
    make_rule,
    make_unit,
)
from tests.query_counts import counted_queries
from tests.rewards.pages import text_of, url_of

pytestmark = pytest.mark.django_db


def program_page(program) -> str:
    return reverse("admin:programs_program_change", args=[program.pk])


def add_url(program) -> str:
    return f"{url_of('rewardrule_add')}?program={program.pk}"


def form(**fields) -> dict[str, object]:
    """Return what a browser sends: every field, the hidden ones too."""
    return {
        "name": "Thank you",
        "trigger": "CONVERSION",
        "audience": "ADVOCATE",
        "gives": "AMOUNT",
        "amount": "10.50",
        "share": "",
        "discount": "",
        "unit": make_unit().pk,
        "catalog_reward": "",
        "minimum_order": "",
        "minimum_currency": "",
        "pending_count": "14",
        "pending_period": "DAYS",
        "validity_count": "",
        "validity_period": "MONTHS",
        "limit_each": "",
        "advocate_en_subject": "You got {{ reward }}",
        "advocate_en_text": "Hi {{ reader_name }}",
        "advocate_zh_subject": "",
        "advocate_zh_text": "",
        "friend_en_subject": "Welcome",
        "friend_en_text": "Hi {{ reader_name }}",
        "friend_zh_subject": "",
        "friend_zh_text": "",
        **fields,
    }


def test_the_programs_page_lists_its_rules_in_sentences_in_a_steady_number_of_queries(desk):
    program = make_program()
    for number in range(4):
        make_rule(program=program, name=f"Rule {number}", pending_count=14)
    make_rule(name="Of another program")

    with counted_queries("rewards.program rules"):
        content = text_of(desk.get(program_page(program)))

    assert content.count("When a friend&#x27;s order arrives, the advocate gets $10.00, pending 14 days.") == 4
    assert "Of another program" not in content


def test_a_program_without_rules_says_what_they_are(desk):
    content = text_of(desk.get(program_page(make_program())))

    assert "No reward rules yet" in content


def test_a_rule_is_added_on_its_programs_page(desk):
    program = make_program()

    answer = desk.post(add_url(program), form(sends_mail="on", limit_each="3"))

    assert answer.status_code == 302
    assert answer["Location"] == f"{program_page(program)}#panel-reward-rules"
    rule = RewardRule.objects.get()
    assert (rule.program, rule.name, rule.amount, rule.pending_count, rule.limit_each) == (
        program,
        "Thank you",
        1050,
        14,
        3,
    )
    assert (rule.is_on, rule.sends_mail) == (True, True)
    assert list(rule.mails.values_list("side", "language")) == [("ADVOCATE", "en")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"gives": "SHARE", "share": "7.5"}, {"order_share": 750, "amount": None}),
        ({"gives": "SHARE", "share": "10%"}, {"order_share": 1000}),
        ({"gives": "DISCOUNT", "discount": "15"}, {"amount": 15, "unit": None}),
        (
            {"minimum_order": "50", "minimum_currency": "EUR", "first_only": "on"},
            {"minimum_order": 5000, "minimum_currency": "EUR", "minimum_exponent": 2, "first_only": True},
        ),
        ({"minimum_order": "1000"}, {"minimum_order": 100000, "minimum_currency": "USD"}),
        (
            {"trigger": "SIGN_UP", "minimum_order": "50", "first_only": "on"},
            {"minimum_order": None, "first_only": False},
        ),
        ({"audience": "FRIEND", "limit_each": "3"}, {"limit_each": None}),
    ],
)
def test_only_what_belongs_to_the_choices_is_kept(desk, fields, expected):
    desk.post(add_url(make_program()), form(**fields))

    rule = RewardRule.objects.get()
    assert {name: getattr(rule, name) for name in expected} == expected


def test_a_rule_gives_something_of_the_catalog(desk):
    offer = make_catalog_reward()

    desk.post(add_url(make_program()), form(gives="CATALOG", catalog_reward=offer.pk))

    rule = RewardRule.objects.get()
    assert (rule.catalog_reward, rule.unit, rule.amount) == (offer, None, None)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "This field is required"),
        ({"amount": "0"}, "more than zero"),
        ({"amount": "1.005"}, "2 decimal places"),
        ({"unit": ""}, "Choose the unit"),
        ({"gives": "SHARE", "share": "0"}, "more than 0 and at most 100"),
        ({"gives": "SHARE", "share": "100.01"}, "more than 0 and at most 100"),
        ({"gives": "SHARE", "share": "7.505"}, "more than 0 and at most 100"),
        ({"gives": "SHARE", "share": "a tenth"}, "is not a number"),
        ({"gives": "SHARE", "share": "5", "trigger": "SIGN_UP"}, "There is no order when a friend signs up"),
        ({"gives": "DISCOUNT", "discount": ""}, "from 1 to 100"),
        ({"gives": "CATALOG"}, "Choose the reward"),
        ({"sends_mail": "on", "advocate_en_text": " "}, "Write this part"),
        ({"sends_mail": "on", "advocate_zh_subject": "您好"}, "Write this part"),
        ({"sends_mail": "on", "advocate_en_text": "Hi {{ name }}"}, "is no tag"),
    ],
)
def test_what_cannot_be_saved_is_said_beside_its_field(desk, fields, said):
    content = text_of(desk.post(add_url(make_program()), form(**fields)))

    assert said in content
    assert "field__error" in content
    assert not RewardRule.objects.exists()


def test_a_rule_in_points_takes_no_part_of_an_order(desk):
    points = make_unit("POINT")

    content = text_of(desk.post(add_url(make_program()), form(gives="SHARE", share="5", unit=points.pk)))

    assert "Choose a unit that has a currency" in content


def test_the_form_of_a_rule_shows_it_as_it_is_and_saves_it(desk):
    rule = make_rule(gives="SHARE", order_share=750, unit=make_unit(), name="As it was")
    url = url_of("rewardrule_edit", rule.pk)

    content = text_of(desk.get(url))
    answer = desk.post(url, form(seen=rule.updated_at.isoformat(), name="Changed", gives="SHARE", share="5"))

    assert 'value="7.5"' in content
    assert answer["Location"] == url_of("rewardrule_change", rule.pk)
    rule.refresh_from_db()
    assert (rule.name, rule.order_share) == ("Changed", 500)


def test_who_saw_an_older_version_is_told(desk):
    rule = make_rule()
    url = url_of("rewardrule_edit", rule.pk)
    desk.post(url, form(seen=rule.updated_at.isoformat(), name="First"))

    content = text_of(desk.post(url, form(seen=rule.updated_at.isoformat(), name="Second")))

    assert "Somebody else changed this rule" in content
    rule.refresh_from_db()
    assert rule.name == "First"


def test_a_rule_is_switched_off_after_a_question(desk):
    rule = make_rule(name="Thanks")
    url = url_of("rewardrule_switch", rule.pk)

    asked = text_of(desk.get(url))
    answer = text_of(desk.post(url, {"on": "False"}, follow=True))

    assert "Switch this rule off?" in asked
    assert "“Thanks” is off. What it gave stays." in answer
    rule.refresh_from_db()
    assert not rule.is_on


def test_an_email_is_shown_before_anything_is_saved(desk):
    program = make_program(name="Friends")
    text = "{{ reader_name }}: {{ reward }} & <b>{{ program }}</b>"

    answer = desk.post(
        add_url(program), form(sends_mail="on", advocate_en_text=text, step="preview-advocate_en", gives="AMOUNT")
    )

    assert "sandbox" in answer["Content-Security-Policy"]
    assert "Maria: $10.50 &amp; &lt;b&gt;Friends&lt;/b&gt;" in text_of(answer)
    assert not RewardRule.objects.exists()


def test_a_mail_names_its_reader_in_the_language_of_the_page(desk):
    rule = make_rule(sends_mail=True, unit=make_unit())
    RuleMail.objects.create(rule=rule, side="ADVOCATE", language="en", subject="Thanks", text="Hi")

    text = desk.get(url_of("rewardrule_change", rule.pk), headers={"accept-language": "zh-hans"}).content.decode()

    assert "倡导者 · 英文" in text
    assert '<h2 class="card__title">邮件</h2>' in text
    assert "Advocate ·" not in text


def test_a_kept_email_is_shown_as_somebody_made_up_gets_it(desk):
    rule = make_rule(sends_mail=True, gives="SHARE", order_share=1000, unit=make_unit())
    RuleMail.objects.create(
        rule=rule, side="ADVOCATE", language="en", subject="{{ reward }}", text="By {{ friend_name }}"
    )

    content = text_of(desk.get(url_of("rewardrule_preview", rule.pk, "ADVOCATE", "en")))

    assert "$10.00" in content
    assert "By Alex" in content
    assert desk.get(url_of("rewardrule_preview", rule.pk, "FRIEND", "en")).status_code == 404


def test_a_rules_page_says_what_it_gives_and_leads_to_its_rewards(desk):
    rule = make_rule(trigger="SIGN_UP", name="Thanks")
    give_for_sign_up(referral=make_referral(program=rule.program), at=rule.created_at)

    with counted_queries("rewards.rule"):
        content = text_of(desk.get(url_of("rewardrule_change", rule.pk)))
    feed = f"{url_of('reward_changelist')}?rule__id__exact={rule.pk}"

    assert "When a friend signs up, the advocate gets $10.00." in content
    assert feed in content
    assert "Thanks" in text_of(desk.get(feed))


def test_the_rules_of_all_programs_are_listed_in_a_steady_number_of_queries(desk):
    for _number in range(4):
        make_rule(name="Thanks")

    with counted_queries("rewards.rules"):
        content = text_of(desk.get(url_of("rewardrule_changelist")))

    assert content.count("Thanks") >= 4


def test_a_reward_says_which_rule_gave_it(desk, at):
    order = make_attributed_order()
    rule = make_rule(program=order.program, name="Thanks")
    (result,) = give_for_conversion(conversion=order, at=at)

    content = text_of(desk.get(url_of("reward_change", result.reward.pk)))

    assert url_of("rewardrule_change", rule.pk) in content


def test_without_the_permission_a_rule_is_read_and_not_changed(log_in):
    browser = log_in(Role.SUPPORT)
    rule = make_rule(name="Thanks")

    page = text_of(browser.get(url_of("rewardrule_change", rule.pk)))
    answers = [
        browser.post(url_of("rewardrule_edit", rule.pk), form(seen=rule.updated_at.isoformat())),
        browser.post(url_of("rewardrule_switch", rule.pk), {"on": "False"}),
        browser.post(add_url(rule.program), form()),
    ]

    assert "Thanks" in page
    assert "Switch off" not in page
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert RewardRule.objects.get().is_on


def test_a_rule_of_no_program_is_not_found(desk):
    assert desk.get(url_of("rewardrule_add")).status_code == 404
    assert desk.get(f"{url_of('rewardrule_add')}?program=x").status_code == 404


def test_an_orders_page_says_what_the_rules_gave_and_why_not(desk, at):
    order = make_attributed_order(amount=1000)
    make_rule(program=order.program, name="Thanks", audience="BOTH")
    make_rule(
        program=order.program, name="Big spenders", minimum_order=5000, minimum_currency="USD", minimum_exponent=2
    )
    give_for_conversion(conversion=order, at=at)

    content = text_of(desk.get(reverse("admin:programs_conversion_change", args=[order.pk])))

    assert "Rewards of this order" in content
    assert content.count("$10.00</a>") == 2
    assert "The order was smaller than the rule asks for." in content


def test_a_referrals_page_says_where_the_rules_gave_nothing(desk, at):
    order = make_attributed_order()
    make_rule(program=order.program, limit_each=1)
    give_for_conversion(conversion=order, at=at)
    page = reverse("admin:programs_referral_change", args=[order.referral.pk])
    before = text_of(desk.get(page))

    give_for_conversion(conversion=make_attributed_order(referral=order.referral), at=at)

    assert "Where the rules gave nothing" not in before
    content = text_of(desk.get(page))
    assert "Where the rules gave nothing" in content
    assert "The advocate had reached the limit of this rule." in content
