from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocate.lib.folding import fold
from programs.models import Participant
from programs.terms import LONGEST, terms_of, words_of


def found(query, **fields):
    terms = terms_of(Participant(**fields))
    return all(any(term.startswith(word) for term in terms) for word in words_of(query))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("garcia", "García"),
        ("GARCÍA", "garcia"),
        ("garci\u0301a", "García"),
        ("strasse", "Straße"),
        ("istanbul", "İstanbul"),
        ("soren", "Søren"),
        ("lukasz", "Łukasz"),
        ("ａｎａ", "Ana"),
        ("иосиф", "Йосиф"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("o'neil", "O’Neil"),
    ],
)
def test_case_accents_and_width_make_no_difference(typed, written):
    assert fold(typed) == fold(written)


@pytest.mark.parametrize(("one", "other"), [("か", "が"), ("한", "하"), ("कि", "क"), ("å", "b")])
def test_letters_that_differ_to_their_readers_stay_apart(one, other):
    assert fold(one) != fold(other)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


ANA = {
    "first_name": "Ana María",
    "last_name": "O'Brien-García",
    "email": "ana_maria.garcia+shop@example.com",
    "user_id": "00123",
    "account_id": "Acme-7",
}


@pytest.mark.parametrize(
    "query",
    [
        "ana",
        "mar",
        "garcia",
        "brien",
        "obrien",
        "O’Brien",
        "o'brien-garcia",
        "garcia ana",
        "ANA GARCÍA",
        "ana_maria.g",
        "ana_maria.garcia+shop@example.com",
        "shop",
        "example.com",
        "@example.com",
        "00123",
        "001",
        "acme-7",
        "acme-7 00123",
        "ana 00123",
        "  ana   garcia ",
        "",
    ],
)
def test_a_participant_is_found_by_what_a_person_types(query):
    assert found(query, **ANA)


@pytest.mark.parametrize("query", ["rcia", "ana smith", "123", "xample.com", "com", "7"])
def test_a_participant_is_not_found_by_something_else(query):
    assert not found(query, **ANA)


@pytest.mark.parametrize("query", ["王小明", "王", "小明", "明", "王 小明", "小明 王"])
def test_a_chinese_name_is_found_from_any_of_its_characters(query):
    assert found(query, first_name="小明", last_name="王")
    assert found(query, first_name="王小明")


@pytest.mark.parametrize("query", ["+4412", "4412"])
def test_an_id_like_a_phone_number_is_found_with_and_without_its_plus(query):
    assert found(query, user_id="+4412")


def test_words_are_cut_where_terms_are():
    long_id = "x" * 255

    assert found(long_id, user_id=long_id)
    assert {len(term) for term in terms_of(Participant(user_id=long_id))} == {LONGEST}


def test_a_word_that_begins_another_is_not_looked_for_twice():
    assert words_of("ana an ANA maria") == ["maria", "ana"]


def test_a_long_name_has_few_terms():
    assert len(terms_of(Participant(first_name="参" * 255))) <= 14
