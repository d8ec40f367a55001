from __future__ import annotations

import pytest

from advocate.lib import search
from advocate.lib.search import SearchHit, SearchSource, register_search, search_everywhere
from team.models import Role, User


class Seeker:
    def __init__(self, *permissions):
        self.permissions = permissions

    def has_perm(self, perm):
        return perm in self.permissions


@pytest.fixture(autouse=True)
def sources(monkeypatch):
    monkeypatch.setattr(search, "_sources", {})


def register(key, *, permission="", count=1, order=100):
    asked = []

    def find(words, limit, _seeker):
        asked.append((words, limit))
        return [SearchHit(f"{key} {number}", words, f"/{key}/{number}/") for number in range(count)][:limit]

    register_search(SearchSource(key, key.title(), permission, find, order))
    return asked


def test_places_answer_in_their_order_and_empty_ones_are_left_out():
    register("second", order=20)
    register("none", count=0, order=15)
    register("first", order=10)

    groups = search_everywhere("ann", seeker=Seeker(), limit=5)

    assert [group.label for group in groups] == ["First", "Second"]
    assert groups[0].hits == (SearchHit("first 0", "ann", "/first/0/"),)


def test_a_place_that_the_seeker_may_not_see_is_not_even_asked():
    asked = register("secret", permission="things.view")

    assert search_everywhere("ann", seeker=Seeker(), limit=5) == []
    assert asked == []
    assert len(search_everywhere("ann", seeker=Seeker("things.view"), limit=5)) == 1


@pytest.mark.parametrize(("count", "shown", "has_more"), [(5, 5, False), (6, 5, True)])
def test_a_place_shows_as_many_as_wanted_and_says_if_there_are_more(count, shown, has_more):
    register("people", count=count)

    (group,) = search_everywhere("ann", seeker=Seeker(), limit=5)

    assert (len(group.hits), group.has_more) == (shown, has_more)


@pytest.mark.parametrize("words", ["", " ", "a", " a "])
def test_too_little_is_not_looked_for(words):
    asked = register("people")

    assert search_everywhere(words, seeker=Seeker(), limit=5) == []
    assert asked == []


def test_spaces_around_the_words_do_not_matter():
    asked = register("people")

    search_everywhere("  ann lee ", seeker=Seeker(), limit=5)

    assert asked == [("ann lee", 6)]


@pytest.mark.django_db
def test_the_page_shows_the_hits_and_the_fragment_only_them(client):
    register("people", count=7)
    client.force_login(User.objects.create_user("ada@example.com", "right horse staple", role=Role.VIEWER))

    page = client.get("/admin/search/", {"q": "ann"}).content.decode()
    fragment = client.get("/admin/search/", {"q": "ann", "fragment": "1"}).content.decode()

    assert page.count('class="hit"') == 7
    assert fragment.count('class="hit"') == 5
    assert "<html" in page
    assert "<html" not in fragment


@pytest.mark.django_db
def test_what_was_typed_is_shown_as_text(client):
    client.force_login(User.objects.create_user("ada@example.com", "right horse staple", role=Role.VIEWER))

    page = client.get("/admin/search/", {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.django_db
def test_a_stranger_is_led_to_the_login(client):
    answer = client.get("/admin/search/", {"q": "ann"})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_one_letter_of_an_alphabet_is_too_short_and_a_chinese_family_name_is_not():
    register("people")

    assert search_everywhere(" a ", seeker=Seeker(), limit=5) == []
    assert len(search_everywhere(" 李 ", seeker=Seeker(), limit=5)) == 1
