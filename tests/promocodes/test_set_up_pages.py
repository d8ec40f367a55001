from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from advocate.lib.clock import now
from jobs.models import Job
from jobs.runner import run_job
from programs.models import ReferralCode
from promocodes.models import CodePool, StockReading
from team.models import Company, Role, User
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db
TYPED = {"kind": "one_time", "codes_each": "3", "notify_at": "50", "notify_emails": "ada@example.com, bob@example.com"}


@pytest.fixture
def program():
    return make_program(name="Spring")


def client_of(role):
    client = Client()
    client.force_login(User.objects.create_user(f"{role.value}@example.com", role=role))
    return client


@pytest.fixture
def manager():
    return client_of(Role.PROGRAM_MANAGER)


def page_of(program):
    return f"/admin/programs/program/{program.pk}/change/"


def set_up(program):
    return f"/admin/programs/program/{program.pk}/promo-codes/"


def text_of(answer):
    return answer.content.decode()


def test_a_program_without_promo_codes_says_what_they_are_and_offers_to_set_them_up(manager, program):
    page = text_of(manager.get(page_of(program)))

    for text in (
        "attribution and discount in one",
        "fuel tank rewards",
        "they cannot be switched off",
        "Set up promo codes",
        set_up(program),
    ):
        assert text in page


def test_who_may_only_look_is_not_offered_to_set_them_up(program):
    viewer = client_of(Role.VIEWER)

    assert "Set up promo codes" not in text_of(viewer.get(page_of(program)))
    assert viewer.get(set_up(program)).status_code == 403
    assert viewer.post(set_up(program), {**TYPED, "step": "switch-on"}).status_code == 403
    assert not CodePool.objects.exists()


def test_the_set_up_page_says_what_is_needed(manager, program):
    for number in range(3):
        ReferralCode.objects.create(code=f"REF{number}", program=program, participant=make_participant())
    stock_pool(make_pool(program=program, switched_on_at=None), "A-1", "A-2")

    answer = manager.get(set_up(program))

    needs = answer.context["needs"]
    assert (needs.advocates, needs.codes_each, needs.needed, needs.in_stock, needs.shortfall) == (3, 5, 15, 2, 13)
    assert 'data-advocates="3"' in text_of(answer)
    assert "Recommended. Each code works once" in text_of(answer)


@pytest.mark.parametrize("typed", ["101", "0", "-1", "", "five", "2.5", "1e2"])
def test_without_a_number_that_can_be_nothing_is_reckoned(manager, program, typed):
    ReferralCode.objects.create(code="REF0", program=program, participant=make_participant())
    stock_pool(make_pool(program=program, switched_on_at=None), "A-1")

    page = text_of(manager.post(set_up(program), {**TYPED, "codes_each": typed, "step": "keep"}))

    asked = "Say how many codes each advocate gets, from 1 to 100."
    assert f'<p class="note note--warning" data-unsaid>{asked}</p>' in page
    assert [name for name in ("each", "needed", "missing") if f"data-{name}>–</dd>" in page] == [
        "each",
        "needed",
        "missing",
    ]
    assert "data-short hidden>" in page
    assert "data-enough hidden>" in page


def test_with_a_number_that_can_be_none_is_asked_for(manager, program):
    assert "data-unsaid hidden>" in text_of(manager.get(set_up(program)))


@pytest.mark.parametrize(
    ("account_email", "told"), [("", "program_manager@example.com"), ("hi@example.com", "hi@example.com")]
)
def test_the_page_says_who_is_told_where_no_address_is_given(manager, program, account_email, told):
    Company.objects.create(account_email=account_email)

    assert f"Empty: the e-mails go to {told}." in text_of(manager.get(set_up(program)))


def test_saving_without_switching_on_keeps_what_was_typed(manager, program):
    answer = manager.post(set_up(program), {**TYPED, "step": "keep"})

    pool = CodePool.objects.get()
    assert answer.url == f"{page_of(program)}#panel-promo-codes"
    assert (pool.codes_each, pool.notify_at, pool.is_on) == (3, 50, False)
    assert pool.notify_emails == ["ada@example.com", "bob@example.com"]
    assert not Job.objects.exists()
    assert 'value="3"' in text_of(manager.get(set_up(program)))


def test_after_an_upload_that_came_first_the_page_still_suggests_when_to_notify(manager, program):
    stock_pool(make_pool(program=program, switched_on_at=None), "A-1")

    assert 'name="notify_at" value="100"' in text_of(manager.get(set_up(program)))


def test_what_somebody_else_changed_meanwhile_is_said(manager, program):
    make_pool(program=program, notify_at=7)

    answer = manager.post(set_up(program), {**TYPED, "seen": "1999-01-01T00:00:00+00:00", "step": "keep"})

    assert "Somebody else changed the promo codes of “Spring”" in text_of(answer)
    assert CodePool.objects.get().notify_at == 7


def test_going_to_the_upload_keeps_what_was_typed(manager, program):
    answer = manager.post(set_up(program), {**TYPED, "step": "upload"})

    assert CodePool.objects.get().codes_each == 3
    assert answer.url == f"/admin/promocodes/upload/?program={program.pk}"
    assert f'href="{set_up(program)}">Back' in text_of(manager.get(answer.url))


def test_an_upload_leads_back_to_the_set_up_until_the_codes_are_on(manager, program):
    answer = manager.post(
        f"/admin/promocodes/upload/?program={program.pk}&how=paste",
        {"codes": "A-1\nA-2", "program": program.key, "form_token": "token"},
    )
    job = Job.objects.get()
    run_job(job.pk)

    assert f'href="{set_up(program)}">Set up promo codes' in text_of(manager.get(answer.url))
    make_pool(program=program)
    assert "Show the stock" in text_of(manager.get(answer.url))


def test_without_scripts_save_asks_on_a_page_of_its_own(manager, program):
    answer = manager.post(set_up(program), {**TYPED, "step": "confirm"})

    page = text_of(answer)
    assert "This cannot be undone" in page
    assert 'name="codes_each" value="3"' in page
    assert not CodePool.objects.exists()


def test_confirming_switches_the_codes_on(manager, program):
    answer = manager.post(set_up(program), {**TYPED, "step": "switch-on"}, follow=True)

    pool = CodePool.objects.get()
    assert (pool.is_on, Job.objects.get().type) == (True, "give-codes")
    assert "Promo codes are switched on" in text_of(answer)


def test_a_shortfall_is_a_warning_and_no_obstacle(manager, program):
    ReferralCode.objects.create(code="REF", program=program, participant=make_participant())

    answer = manager.post(set_up(program), {**TYPED, "step": "switch-on"}, follow=True)

    assert CodePool.objects.get().is_on
    assert "3 codes are missing for all advocates" in text_of(answer)


def test_a_second_click_starts_nothing(manager, program):
    first, second = (manager.post(set_up(program), {**TYPED, "step": "switch-on"}) for _click in range(2))

    assert (first.status_code, second.status_code, Job.objects.count()) == (302, 302, 1)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"codes_each": "0"}, "Say how many codes each advocate gets, from 1 to 100."),
        ({"codes_each": "101"}, "Say how many codes each advocate gets, from 1 to 100."),
        ({"codes_each": ""}, "Say how many codes each advocate gets"),
        ({"codes_each": "9" * 5000}, "Say how many codes each advocate gets, from 1 to 100."),
        ({"kind": "both"}, "Select a valid choice"),
        ({"notify_at": "-1"}, "Give a number of codes from 0 to 100,000,000, or leave this field empty."),
        ({"notify_at": "a few"}, "Give a number of codes from 0 to 100,000,000, or leave this field empty."),
        ({"notify_emails": "nobody; ada@example.com, ada@"}, "“nobody” is not an e-mail address."),
        ({"notify_emails": "nobody; ada@example.com, ada@"}, "“ada@” is not an e-mail address."),
        ({"fallback": "two words"}, "Use up to 64 letters"),
        ({"fallback": "A" * 65}, "Use up to 64 letters"),
        ({"fallback": "\x00"}, "Null characters are not allowed"),
    ],
)
@pytest.mark.parametrize("step", ["confirm", "switch-on", "keep", "upload"])
def test_what_cannot_be_set_is_said_beside_its_field(manager, program, typed, message, step):
    answer = manager.post(set_up(program), {**TYPED, **typed, "step": step})

    assert message in text_of(answer)
    assert not CodePool.objects.exists()


def test_a_fallback_code_that_is_taken_is_said(manager, program):
    stock_pool(make_pool(), "WELCOME")

    answer = manager.post(set_up(program), {**TYPED, "fallback": "welcome", "step": "switch-on"})

    assert "The code welcome is taken" in text_of(answer)
    assert not CodePool.objects.filter(program=program).exists()


def test_of_codes_that_are_on_the_kind_is_not_asked_for(manager, program):
    pool = make_pool(program=program, codes_each=3)
    seen = {"codes_each": "4", "seen": pool.updated_at.isoformat(), "step": "keep"}

    page = text_of(manager.get(set_up(program)))
    assert 'name="kind"' not in page
    answer = manager.post(set_up(program), {**TYPED, "kind": "multi_use", **seen})

    assert "are switched on, so they keep their kind for good" in text_of(answer)
    pool.refresh_from_db()
    assert (pool.kind, pool.codes_each, pool.is_on) == ("one_time", 3, True)


@pytest.mark.parametrize("field", ["fallback", "codes_each"])
def test_the_browser_keeps_nothing_back_that_the_page_would_refuse(manager, program, field):
    page = text_of(manager.get(set_up(program)))

    assert "novalidate data-once" in page
    assert "maxlength" not in page.split(f'name="{field}"')[1].split(">")[0]


def test_multi_use_codes_ask_for_no_number(manager, program):
    manager.post(set_up(program), {**TYPED, "kind": "multi_use", "codes_each": "", "step": "switch-on"})

    pool = CodePool.objects.get()
    assert (pool.kind, pool.codes_each, pool.is_on) == ("multi_use", 1, True)


def test_codes_that_are_on_show_how_their_stock_is(manager, program):
    pool = make_pool(program=program, notify_at=5, switched_on_at=NOON)
    stock_pool(pool, "A-1", "A-2")
    make_code("A-3", pool=pool, participant=make_participant())
    pool.holders.update(waiting_since=NOON)
    yesterday = now() - timedelta(days=1)
    StockReading.objects.create(pool=pool, at=yesterday, in_stock=9, assigned=0, used=0, withdrawn=0)

    with counted_queries("promocodes.program page"):
        answer = manager.get(page_of(program))

    page = text_of(answer)
    for text in ("1 advocate waits for codes", "One-time use", "Runs dry", "Upload", "Edit settings", "Notify at 5"):
        assert text in page
    assert "Once promo codes are switched on" not in page


def test_the_set_up_page_asks_the_database_little(manager, program):
    stock_pool(make_pool(program=program, switched_on_at=None), "A-1")

    with counted_queries("promocodes.set up"):
        assert manager.get(set_up(program)).status_code == 200


def test_the_check_box_is_saved_at_once(manager, program):
    pool = make_pool(program=program)
    url = f"{set_up(program)}widgets/"

    for data, shown in (({"on_widgets": "on"}, True), ({}, False)):
        answer = manager.post(url, data)
        pool.refresh_from_db()
        assert (answer.url, pool.on_widgets) == (f"{page_of(program)}#panel-promo-codes", shown)


def test_the_check_box_is_for_codes_that_are_on(manager, program):
    pool = make_pool(program=program, switched_on_at=None)

    answer = manager.post(f"{set_up(program)}widgets/", {"on_widgets": "on"}, follow=True)

    assert "Promo codes are not set up for Spring yet" in text_of(answer)
    assert not CodePool.objects.get(pk=pool.pk).on_widgets


def test_a_pools_own_page_shows_the_same_figures(manager, program):
    pool = make_pool(program=program)
    stock_pool(pool, "A-1", "A-2")

    page = text_of(manager.get(f"/admin/promocodes/codepool/{pool.pk}/change/"))

    for text in ("In stock", "Waiting advocates", "Runs dry"):
        assert text in page


def test_multi_use_codes_can_be_made_from_names_and_the_page_shows_how(manager, program):
    person = make_participant(first_name="Ada", last_name="Lovelace")
    ReferralCode.objects.create(code="REF", program=program, participant=person)

    answer = manager.get(f"{set_up(program)}names/", {"pattern": "{FIRST}-{LAST}"})

    page = text_of(answer)
    assert [(example.name, example.code) for example in answer.context["examples"]][:2] == [
        ("Ada Lovelace", "ADA-LOVELACE"),
        ("Ana García", "ANA-GARCIA"),
    ]
    assert "王小明" in page
    assert not CodePool.objects.exists()


def test_what_is_wrong_with_a_pattern_is_said_while_it_is_typed(manager, program):
    answer = manager.get(f"{set_up(program)}names/", {"pattern": "SPRING <b>"})

    assert "A pattern holds {FIRST}" in text_of(answer)
    assert "<b>" not in text_of(answer)


def test_a_pattern_for_names_is_saved_and_kept(manager, program):
    typed = {"kind": "multi_use", "notify_at": "", "name_pattern": "{FIRST}{NN}"}

    manager.post(set_up(program), {**typed, "step": "keep"})

    pool = CodePool.objects.get()
    assert (pool.kind, pool.name_pattern) == ("multi_use", "{FIRST}{NN}")
    page = text_of(manager.get(set_up(program)))
    assert 'value="{FIRST}{NN}"' in page
    assert "How the codes will look" in page
    assert "{FIRST}{NN}" in text_of(manager.get(page_of(program)))


def test_a_bad_pattern_for_names_is_said_at_its_field(manager, program):
    answer = manager.post(set_up(program), {"kind": "multi_use", "name_pattern": "{WHO}", "step": "switch-on"})

    assert "A pattern holds {FIRST}" in str(answer.context["form"].errors["name_pattern"])
    assert not CodePool.objects.exists()


def test_the_generator_leads_to_codes_from_names_where_codes_are_multi_use(manager, program):
    address = f"/admin/promocodes/upload/?program={program.pk}&how=generate"
    pool = make_pool(program=program, switched_on_at=None)
    assert "made from their name" not in text_of(manager.get(address))

    CodePool.objects.filter(pk=pool.pk).update(kind="multi_use", codes_each=1)

    assert f'href="{set_up(program)}">Set a pattern' in text_of(manager.get(address))
