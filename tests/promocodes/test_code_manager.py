from __future__ import annotations

import re
from datetime import timedelta

import pytest

from programs.models import ReferralCode
from programs.operations import index_participants
from promocodes.models import CodeHolder, CodeUse, PromoCode
from promocodes.queries import listing
from team.models import Role
from tests.conftest import NOON
from tests.factories import make_code, make_participant, make_pool, make_program, stock_pool
from tests.query_counts import counted_queries

pytestmark = pytest.mark.django_db

State = PromoCode.State
POOLS = "/admin/promocodes/codepool/"
BATCHES = "/admin/promocodes/codebatch/"
CODES = "/admin/promocodes/promocode/"
HOLDERS = "/admin/promocodes/codeholder/"


@pytest.fixture
def support(log_in):
    return log_in(Role.SUPPORT)


@pytest.fixture
def pool():
    return make_pool(program=make_program(name="Spring"), notify_at=2)


def rows(page):
    return list(page.context["cl"].result_list)


def texts(page):
    return [code.code for code in rows(page)]


def use(code, friend, *, at=NOON):
    state = State.ASSIGNED if code.is_multi_use else State.USED
    PromoCode.objects.filter(pk=code.pk).update(state=state, used_at=at, use_count=code.use_count + 1)
    return CodeUse.objects.create(code=code, key=f"order-{code.pk}-{friend.pk}", friend=friend, at=at)


def test_without_promo_codes_the_code_manager_says_how_to_begin(support):
    page = support.get(POOLS).content.decode()

    assert "<h1>Code Manager</h1>" in page
    assert "No promo codes yet" in page
    assert "Set up promo codes" in page


@pytest.mark.parametrize("path", [POOLS, BATCHES, CODES, HOLDERS])
def test_each_list_leads_to_the_others_and_stands_under_code_manager(support, path):
    page = support.get(path).content.decode()

    for other in (POOLS, BATCHES, CODES, HOLDERS):
        assert f'href="{other}"' in page
    menu = page.split('id="sidebar"')[1].split("</nav>")[0]
    assert menu.count('aria-current="page"') == 1
    assert "Code Manager" in menu.split('aria-current="page"')[1][:200]


def test_the_newest_codes_come_first_whatever_their_pool_and_state(support, pool, ana):
    stock_pool(pool, "A1", "A2")
    stock_pool(make_pool(), "B1")
    make_code("A3", pool=pool, participant=ana)
    use(make_code("A4", pool=pool, participant=ana), make_participant())
    make_code("A5", pool=pool, state=State.WITHDRAWN, withdrawn_at=NOON)
    make_code("A6", pool=pool, state=State.SHARED, is_multi_use=True)

    assert texts(support.get(CODES)) == ["A6", "A5", "A4", "A3", "B1", "A2", "A1"]


def test_claims_of_referral_codes_never_show(support, pool, ana):
    stock_pool(pool, "ANA-PROMO")
    claim = ReferralCode.objects.create(code="ANA-REF", program=pool.program, participant=ana)
    claimed = PromoCode.objects.get(code=claim.code)

    assert texts(support.get(CODES)) == ["ANA-PROMO"]
    assert texts(support.get(CODES, {"q": "ana-"})) == ["ANA-PROMO"]
    assert support.get(f"{CODES}{claimed.pk}/change/").status_code == 302


FILTERED = [
    ({"state": "stock"}, ["K2", "K1"]),
    ({"state": "used"}, ["K4"]),
    ({"state": "assigned"}, ["B2", "K3"]),
    ({"kind": "multi_use"}, ["B2"]),
    ({"kind": "one_time"}, ["K4", "K3", "K2", "K1"]),
    ({"copied": "yes"}, ["K3"]),
    ({"copied": "no", "state": "used"}, ["K4"]),
    ({"state": "used", "kind": "multi_use"}, []),
    ({"state": "referral"}, ["B2", "K4", "K3", "K2", "K1"]),
    ({"state": "9", "pool": "x", "batch": "x", "kind": "x", "copied": "x"}, ["B2", "K4", "K3", "K2", "K1"]),
]


@pytest.fixture
def several(pool, ana):
    stock_pool(pool, "K1", "K2")
    make_code("K3", pool=pool, participant=ana, copied_at=NOON)
    use(make_code("K4", pool=pool, participant=ana), make_participant())
    return make_code("B2", pool=make_pool(kind="multi_use", codes_each=1), participant=ana)


@pytest.mark.parametrize(
    ("language", "titles"),
    [
        ("en", ["Status", "Program", "Kind", "Copied", "Batch"]),
        ("zh-hans", ["状态", "项目", "种类", "已复制", "批次"]),
    ],
)
def test_each_filter_is_named_so_that_its_choices_answer_it(support, several, language, titles):
    support.cookies["django_language"] = language

    content = support.get(CODES).content.decode()

    assert re.findall('<h3 class="filter__title">(.*?)</h3>', content) == titles


@pytest.mark.parametrize(("asked", "found"), FILTERED)
def test_the_list_can_be_narrowed(support, several, asked, found):
    assert texts(support.get(CODES, asked)) == found


@pytest.mark.parametrize(("asked", "found"), FILTERED)
def test_a_search_finds_within_the_filters(support, several, asked, found):
    assert texts(support.get(CODES, {**asked, "q": "k"})) == [text for text in found if text.startswith("K")]


def test_the_list_can_be_narrowed_to_a_program_and_to_a_batch(support, several, pool):
    batch = stock_pool(pool, "K9")

    assert texts(support.get(CODES, {"pool": several.pool_id})) == ["B2"]
    assert texts(support.get(CODES, {"batch": batch.pk})) == ["K9"]
    assert texts(support.get(CODES, {"batch": batch.pk, "pool": several.pool_id})) == []


@pytest.mark.parametrize(
    ("typed", "found"), [("k", ["K4", "K3", "K2", "K1"]), ("K3", ["K3"]), ("b", ["B2"]), ("zzz", []), ("%", [])]
)
def test_a_code_is_found_by_its_beginning_in_any_case(support, several, typed, found):
    assert texts(support.get(CODES, {"q": typed})) == found


@pytest.mark.parametrize("typed", ["garc", "ANA@EXAMPLE.com", "ana garcía"])
def test_codes_are_found_by_their_advocate(support, several, typed):
    assert texts(support.get(CODES, {"q": typed})) == ["B2", "K4", "K3"]


@pytest.mark.parametrize("word", [" ", "\x00", "%", "_", "'", "\U0010ffff", "a" * 5000, "<", "-", "ana " * 50])
def test_whatever_is_searched_for_the_lists_answer(support, several, word):
    for path in (CODES, HOLDERS, POOLS, BATCHES):
        assert support.get(path, {"q": word}).status_code == 200


def test_many_pools_are_read_in_several_queries_and_merged(support, several, monkeypatch):
    monkeypatch.setattr(listing, "MOST_BRANCHES", 2)

    assert texts(support.get(CODES)) == ["B2", "K4", "K3", "K2", "K1"]
    assert support.get(CODES).context["cl"].result_count == 5


def test_pages_follow_each_other(support, pool):
    stock_pool(pool, *(f"CODE{number:03}" for number in range(120)))

    pages = [texts(support.get(CODES, {"p": number})) for number in (1, 2, 3)]

    assert [len(page) for page in pages] == [50, 50, 20]
    assert [text for page in pages for text in page] == [f"CODE{number:03}" for number in reversed(range(120))]


@pytest.fixture
def crowd(pool):
    """Make sixty advocates with a code each, more than a list's page."""
    for number in range(60):
        code = make_code(pool=pool, participant=make_participant())
        if number % 2:
            use(code, make_participant())
    return pool


@pytest.mark.parametrize(
    ("name", "path", "asked"),
    [
        ("pools", POOLS, {}),
        ("batches", BATCHES, {}),
        ("codes", CODES, {}),
        ("codes, searched", CODES, {"q": "code-"}),
        ("codes, of an advocate", CODES, {"q": "ada"}),
        ("holders", HOLDERS, {}),
        ("holders, searched", HOLDERS, {"q": "ada"}),
    ],
)
def test_a_list_makes_as_many_queries_for_many_rows_as_for_few(support, crowd, name, path, asked):
    index_participants(participants=[holder.participant for holder in CodeHolder.objects.all()])

    with counted_queries(f"promocodes.{name}"):
        assert support.get(path, asked).status_code == 200


def test_advocates_are_listed_with_their_program_and_lead_to_their_codes(support, pool, ana):
    make_code("A1", pool=pool, participant=ana)

    page = support.get(HOLDERS).content.decode()

    assert f'href="{HOLDERS}of/{ana.pk}/"' in page
    assert "Ana García" in page
    assert "Spring" in page


@pytest.mark.parametrize("typed", ["garcía", "ana@", "a1"])
def test_an_advocate_is_found_by_name_e_mail_or_a_code_of_theirs(support, pool, ana, typed):
    make_code("A1", pool=pool, participant=ana)
    make_code("B1", pool=pool, participant=make_participant(first_name="Ben"))

    assert [holder.participant for holder in rows(support.get(HOLDERS, {"q": typed}))] == [ana]


def test_who_waits_is_listed_in_the_order_of_being_served(support, pool):
    people = [make_participant() for _ in range(3)]
    for who, hours in zip(people, (3, 1, None), strict=True):
        since = None if hours is None else NOON + timedelta(hours=hours)
        CodeHolder.objects.create(pool=pool, participant=who, joined_at=NOON, waiting_since=since)

    page = support.get(HOLDERS, {"waiting": "yes"})

    assert [holder.participant for holder in rows(page)] == [people[1], people[0]]


def test_a_participants_codes_say_whether_they_are_used_by_whom_and_from_where(support, pool, ana):
    ben = make_participant(first_name="Ben", last_name="Okafor")
    use(make_code("USED-1", pool=pool, participant=ana), ben)
    make_code("FREE-1", pool=pool, participant=ana, copied_at=NOON)

    page = support.get(f"{HOLDERS}of/{ana.pk}/").content.decode()

    cells = page.split("<tbody>")[1]
    assert cells.index("FREE-1") < cells.index("USED-1")
    for text in ("One-time use", "Not used", "Ben Okafor", f"/participant/{ben.pk}/change/", "Spring", "Batch"):
        assert text in cells


def test_the_page_says_what_the_widget_shows_and_what_the_advocate_waits_for(support, pool, ana):
    make_code("FREE-1", pool=pool, participant=ana)
    page = f"{HOLDERS}of/{ana.pk}/"
    assert "In the widget" not in support.get(page).content.decode()

    type(pool).objects.update(on_widgets=True)
    CodeHolder.objects.update(waiting_since=NOON)

    shown = support.get(page).content.decode()
    assert "In the widget" in shown
    assert "Waiting for codes of Spring since" in shown


def test_view_codes_makes_as_many_queries_for_many_codes_as_for_few(support, pool, ana):
    for _ in range(30):
        use(make_code(pool=pool, participant=ana), make_participant())

    with counted_queries("promocodes.view codes"):
        page = support.get(f"{HOLDERS}of/{ana.pk}/").content.decode()

    assert page.count("<tr>") == 26
    assert "?tab=&amp;p=2" in page


def test_nothing_here_can_be_added_changed_or_deleted_by_a_stock_form(log_in, several):
    boss = log_in(Role.FULL_ACCESS)

    for path in (POOLS, BATCHES, CODES):
        assert boss.get(f"{path}add/").status_code == 403
        assert boss.post(f"{path}{several.pk}/change/", {"code": "X"}).status_code == 405
        assert boss.get(f"{path}{several.pk}/delete/").status_code == 403
