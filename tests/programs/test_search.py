from __future__ import annotations

from datetime import timedelta

import pytest

from programs import queries
from programs.models import Participant, ReferralCode
from programs.operations import ParticipantProfile, add_participant, block_participant
from tests.conftest import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(by):
    """Return five Annas, the first one added first."""
    return [
        add_participant(
            account_id="acme",
            user_id=f"u{number}",
            profile=ParticipantProfile(first_name="Anna", last_name=f"Name{number}"),
            by=by,
            at=NOON + timedelta(hours=number),
        )
        for number in range(5)
    ]


# By which way a search goes: the greatest numbers of terms that are few enough for two others, and how many of the
# newest participants are tried first and then.
WAYS = {
    "few": (1_000, 1_000, 5_000, 5_000),
    "many": (0, 1_000, 5_000, 5_000),
    "dense": (0, 0, 5_000, 5_000),
    "less dense": (0, 0, 1, 5_000),
    "dense but rare together": (0, 0, 2, 1),
}


@pytest.fixture(params=WAYS)
def _either_way(request, monkeypatch):
    """Search from the words on, or from the newest participants on, which is chosen by how many terms match."""
    looked_up, few, newest, most = WAYS[request.param]
    monkeypatch.setattr(queries, "FEW_LOOKED_UP", looked_up)
    monkeypatch.setattr(queries, "NEWEST_TRIED", newest)
    monkeypatch.setattr(queries, "MOST_TRIED", most)
    monkeypatch.setattr(queries, "FEW_TERMS", few)
    monkeypatch.setattr(queries, "FEW_TERMS_OF_SEVERAL", few)


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize(
    ("query", "found"),
    [("ann", [4, 3, 2, 1, 0]), ("anna u3", [3]), ("NAME2 án", [2]), ("anna bob", []), ("acme name", [4, 3, 2, 1, 0])],
)
def test_every_word_must_be_found(people, query, found):
    result = queries.search_participants(query)

    assert list(result.rows.order_by("-created_at")) == [people[number] for number in found]
    assert not result.is_cut


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("query", ["anna", "anna acme", "name u an"])
def test_more_than_the_most_are_cut_to_the_newest(people, query):
    result = queries.search_participants(query, most=2)

    assert list(result.rows.order_by("-created_at")) == [people[4], people[3]]
    assert result.is_cut


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("query", ["anna", "anna acme"])
def test_a_search_looks_among_those_given_only(people, by, query):
    block_participant(participant=people[0], reason="Why", by=by, at=NOON)

    blocked = Participant.objects.filter(date_blocked__isnull=False)
    result = queries.search_participants(query, among=blocked, most=1)

    assert list(result.rows) == [people[0]]
    assert not result.is_cut


@pytest.mark.usefixtures("_either_way")
def test_a_search_takes_few_queries(people, request, django_assert_num_queries):
    way = request.node.callspec.params["_either_way"]
    tried = {"dense": 2, "less dense": 4, "dense but rare together": 3}
    # The terms are counted, and those found are fetched.
    with django_assert_num_queries(2 + tried.get(way, 1)):
        assert len(queries.search_participants("anna acme", most=3).rows) == 3


def test_nothing_typed_finds_everyone(people):
    assert queries.search_participants(" \x00 ").rows.count() == 5


def test_an_address_is_found_in_any_case_of_its_ascii_letters(ana):
    Participant.objects.create(account_id="b", user_id="b", email="ÄNA@example.com")

    assert list(queries.participants_with_email("ANA@Example.COM")) == [ana]
    assert not queries.participants_with_email("äna@example.com")


def test_a_code_is_found_in_any_case(program, ana):
    code = ReferralCode.objects.create(code="AnaGarcia", program=program, participant=ana)

    assert queries.referral_code("ANAGARCIA") == code
    assert queries.referral_code("ANAGARCI") is None
    assert list(queries.codes_beginning_with("anag")) == [code]
    assert not queries.codes_beginning_with("garcia")
    assert not queries.codes_beginning_with("\x00")


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize(("query", "found"), [("BIKE-3", [3]), ("bike", [3, 1]), (" bike-1 ", [1]), ("ike", [])])
def test_a_person_is_found_by_their_codes(people, program, query, found):
    for number in (1, 3):
        ReferralCode.objects.create(code=f"Bike-{number}", program=program, participant=people[number])

    result = queries.search_participants(query)

    assert list(result.rows.order_by("-created_at")) == [people[number] for number in found]
    assert not result.is_cut


@pytest.mark.usefixtures("_either_way")
def test_whose_code_it_is_is_found_among_however_many(people, program):
    for number, person in enumerate(people):
        code = "ANNA" if number == 0 else f"ANNA{number}"
        ReferralCode.objects.create(code=code, program=program, participant=person)

    result = queries.search_participants("anna", most=2)

    assert list(result.rows.order_by("-created_at")) == [people[4], people[0]]
    assert result.is_cut


def test_a_code_is_looked_for_among_those_given_only(people, program, by):
    for number in (1, 3):
        ReferralCode.objects.create(code=f"Bike-{number}", program=program, participant=people[number])
    block_participant(participant=people[1], reason="Why", by=by, at=NOON)

    blocked = Participant.objects.filter(date_blocked__isnull=False)

    assert list(queries.search_participants("bike", among=blocked).rows) == [people[1]]
