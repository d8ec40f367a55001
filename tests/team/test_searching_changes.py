from __future__ import annotations

from datetime import timedelta

import pytest

from team import searching
from team.audit import SYSTEM, Actor, record
from team.models import AuditEntry
from tests.conftest import NOON
from tests.factories import make_participant, make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries():
    """Return a change of each of four people, the first one changed first, and one of a unit, done by a key."""
    names = ("Ana", "anabel", "Bo", "Änne")
    made = [
        record(
            by=SYSTEM,
            action="participant.added",
            target=make_participant(first_name=name, user_id=f"u{number}"),
            at=NOON + timedelta(hours=number),
        )
        for number, name in enumerate(names)
    ]
    key = Actor("API key Shop (IR1)")
    return [*made, record(by=key, action="unit.changed", target=make_unit(), at=NOON - timedelta(hours=1))]


@pytest.fixture(params=["few", "many"])
def _either_way(request, monkeypatch):
    """Search from the names on, or from the newest changes on, which is chosen by how many names begin so."""
    monkeypatch.setattr(searching, "FEW_NAMED", 1_000 if request.param == "few" else 0)


def found_by(text, among=None):
    found = searching.search_changes(text, among=AuditEntry.objects.all() if among is None else among)
    return list(found.rows.order_by("-at", "-pk")), found.is_cut


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ANA", [1, 0]),
        (" anab ", [1]),
        ("Änn", [3]),
        ("ann", []),
        ("nabel", []),
        ("SYS", [3, 2, 1, 0]),
        ("api key s", [4]),
        ("%", []),
        ("_na", []),
        ("\x00", [3, 2, 1, 0, 4]),
        ("", [3, 2, 1, 0, 4]),
    ],
)
def test_a_change_is_found_by_how_the_name_or_the_doer_begins(entries, text, found):
    assert found_by(text) == ([entries[number] for number in found], False)


def test_a_change_is_found_by_the_whole_id_of_its_object(entries):
    bo = entries[2]

    assert bo in found_by(bo.object_id)[0]
    assert all(entry.object_id == bo.object_id for entry in found_by(bo.object_id)[0])
    assert found_by(f"{bo.object_id}0") == ([], False)


@pytest.mark.usefixtures("_either_way")
def test_changes_are_looked_for_among_those_given_only(entries):
    early = AuditEntry.objects.filter(at__lte=NOON)

    assert found_by("ana", early) == ([entries[0]], False)
    assert found_by("system", early) == ([entries[0]], False)


@pytest.mark.usefixtures("_either_way")
@pytest.mark.parametrize("text", ["system", "a"])
def test_more_than_the_most_are_cut_to_the_newest(entries, monkeypatch, text):
    monkeypatch.setattr(searching, "MOST_FOUND", 1)

    newest = {"system": 3, "a": 1}
    assert found_by(text) == ([entries[newest[text]]], True)


@pytest.mark.usefixtures("_either_way")
def test_the_queries_do_not_grow_with_what_is_found(entries, django_assert_max_num_queries):
    # Who does things and what they are done to, a query for each of those, the names, and the changes found.
    with django_assert_max_num_queries(8):
        assert len(found_by("an")[0]) == 2
