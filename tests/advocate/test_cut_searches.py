"""What the lists of the back office say where a search finds more than they show."""

from __future__ import annotations

from functools import partial

import pytest

from advocate.lib.clock import now
from programs.operations import index_participants
from programs.queries import search_participants
from promocodes.models import CodeHolder
from team.audit import Actor, record
from team.models import Role
from tests.factories import (
    make_code,
    make_conversion,
    make_participant,
    make_pool,
    make_program,
    make_referral,
    make_reward,
)
from tests.rewards.pages import text_of

pytestmark = pytest.mark.django_db

NEWEST = "These are the newest: type more to find others."
LISTS = [
    ("programs/participant", f"More than 1 participants match. {NEWEST}"),
    ("programs/referral", f"More than 1 match. {NEWEST}"),
    ("programs/conversion", f"More than 1 match. {NEWEST}"),
    ("rewards/reward", f"More than 1 participants match. {NEWEST}"),
    ("promocodes/codeholder", f"More than 1 participants match. {NEWEST}"),
    ("promocodes/promocode", "More than 1 codes match. Type more, or choose a filter, to find others."),
    ("team/auditentry", "More than 1 changes match. These are the newest: type more, or choose a filter."),
]


@pytest.fixture
def desk(log_in):
    return log_in(Role.FULL_ACCESS)


@pytest.fixture
def _two_of_each():
    """Make what is found by "ana" in each list, two of each, and of "person" by whose it is alone."""
    names = ("One", "Two")
    anas = [make_participant(first_name="Ana", last_name=name, email=f"person-{name}@example.com") for name in names]
    index_participants(participants=anas)
    program = make_program()
    pool = make_pool(program=program)
    for number, ana in enumerate(anas):
        make_referral(program=program, referrer=ana, referred=make_participant())
        make_conversion(program=program, advocate=ana, order_id=f"order-{number}")
        make_reward(participant=ana, program=program)
        CodeHolder.objects.create(pool=pool, participant=ana, joined_at=now())
        make_code(f"ana-{number}", pool=pool, participant=ana)
        record(by=Actor(label="bo@example.com"), action="participant.added", target=ana, at=now())


@pytest.mark.usefixtures("_two_of_each")
@pytest.mark.parametrize(("path", "said"), LISTS)
def test_a_list_says_how_many_match_where_it_shows_only_some(desk, monkeypatch, path, said):
    for module in ("programs.feeds", "promocodes.queries.searching", "team.searching"):
        monkeypatch.setattr(f"{module}.MOST_FOUND", 1)
    for module in ("rewards.queries", "promocodes.queries.searching"):
        monkeypatch.setattr(f"{module}.PEOPLE_SEARCHED", 1)
    monkeypatch.setattr("programs.admin.participants.search_participants", partial(search_participants, most=1))

    page = desk.get(f"/admin/{path}/", {"q": "ana"})

    assert len(page.context["cl"].result_list) == 1
    assert said in text_of(page)
    assert "1–1 of 1+" in text_of(page)


@pytest.mark.usefixtures("_two_of_each")
@pytest.mark.parametrize("path", ["programs/referral", "programs/conversion", "promocodes/promocode"])
def test_a_list_says_so_where_the_words_find_more_people_than_it_looks_for(desk, monkeypatch, path):
    for module in ("programs.feeds", "promocodes.queries.searching"):
        monkeypatch.setattr(f"{module}.PEOPLE_SEARCHED", 1)

    page = desk.get(f"/admin/{path}/", {"q": "person"})

    assert len(page.context["cl"].result_list) == 1
    assert "More than 1 participants match, and only the newest are looked for here" in text_of(page)


@pytest.mark.usefixtures("_two_of_each")
def test_a_list_without_a_row_does_not_deny_that_more_match(desk, monkeypatch):
    monkeypatch.setattr("programs.feeds.PEOPLE_SEARCHED", 1)

    page = desk.get("/admin/programs/referral/", {"q": "person", "source__exact": "import"})

    assert len(page.context["cl"].result_list) == 0
    assert "More than 1 participants match, and only the newest are looked for here" in text_of(page)
    assert "Nothing among those looked through" in text_of(page)
    assert "More match than are looked through at once: type more, or clear the filters." in text_of(page)
    assert "Nothing matches" not in text_of(page)


@pytest.mark.usefixtures("_two_of_each")
@pytest.mark.parametrize("path", [path for path, _said in LISTS])
def test_a_list_that_shows_all_that_match_says_nothing_of_more(desk, path):
    page = desk.get(f"/admin/{path}/", {"q": "ana"})

    assert len(page.context["cl"].result_list) == 2
    assert "More than" not in text_of(page)
    assert "1–2 of 2</span>" in page.content.decode()
