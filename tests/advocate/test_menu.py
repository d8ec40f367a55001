from __future__ import annotations

import pytest
from django.test import RequestFactory
from django.utils.translation import override

from advocate import engage_menu
from advocate.engage_menu import Entry, Section, first_steps, menu_for, pages_named

MENU = (
    Section("", (Entry("Overview", "admin:index", "", "overview"),)),
    Section(
        "Engage",
        (
            Entry("Search", "admin:search", "things.find", "search", "Where everything is found."),
            Entry("Missing", "admin:no_such_page", "", "x"),
            Entry("Secret", "admin:password_change", "things.secret", "keys"),
        ),
    ),
    Section("Empty", (Entry("Hidden", "admin:search", "things.secret", "x"),)),
)


class Finder:
    def has_perm(self, permission):
        return permission == "things.find"


@pytest.fixture
def ask(monkeypatch):
    monkeypatch.setattr(engage_menu, "MENU", MENU)

    def request(path):
        asked = RequestFactory().get(path)
        vars(asked)["user"] = Finder()
        return asked

    return request


def labels(groups):
    return [(group.label, [link.label for link in group.links]) for group in groups]


def test_the_menu_shows_pages_that_exist_and_that_the_person_may_see(ask):
    groups = menu_for(ask("/admin/"))

    assert labels(groups) == [("", ["Overview"]), ("Engage", ["Search"])]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/admin/", ["Overview"]),
        ("/admin/search/", ["Search"]),
        ("/admin/search/deeper/", ["Search"]),
        ("/admin/x/", []),
    ],
)
def test_the_entry_of_the_page_and_of_all_below_it_is_current(ask, path, current):
    groups = menu_for(ask(path))

    assert [link.label for group in groups for link in group.links if link.current] == current


@pytest.mark.parametrize(
    ("words", "found"), [("SEAR", ["Search"]), ("everything", ["Search"]), ("secret", []), ("", [])]
)
def test_pages_are_found_by_name_or_purpose(ask, words, found):
    assert [link.label for link in pages_named(words, ask("/admin/"))] == found


def test_the_first_steps_are_the_pages_that_say_what_they_are_for(ask):
    assert [link.label for link in first_steps(ask("/admin/"))] == ["Search"]


def test_the_menu_of_the_product_has_its_sections_in_order():
    with override("en"):
        sections = [str(section.label) for section in engage_menu.MENU]

    assert sections == ["", "Engage", "Rewards", "Reporting", "Settings"]
