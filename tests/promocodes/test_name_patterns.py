from __future__ import annotations

from itertools import islice
from random import Random

import pytest

from promocodes.operations.name_patterns import BadNamePattern, NamePattern


def texts(pattern, first="Ana", last="García", count=1):
    found = NamePattern.of(pattern).texts(first_name=first, last_name=last, rng=Random(1))
    return list(islice(found, count))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("{FIRST}{LAST}", "ANAGARCIA"),
        ("{F}{LAST}-VIP", "AGARCIA-VIP"),
        ("friend_{FIRST}-{L}", "friend_ANA-G"),
        ("{FIRST}{LAST}{NN}", "ANAGARCIA29"),
    ],
)
def test_a_pattern_takes_the_name(pattern, expected):
    assert texts(pattern) == [expected]


def test_long_names_are_cut_and_accents_go():
    assert texts("{FIRST}-{LAST}", "Bartholomäus-Maximilian", "Łukaszewicz") == ["BARTHOLOMAUSMAX-LUKASZEWICZ"]


@pytest.mark.parametrize(("first", "last"), [("小明", "王"), ("", ""), ("Мария", "Иванова")])
def test_a_name_without_latin_letters_becomes_random_characters(first, last):
    (code,) = texts("VIP-{FIRST}{LAST}", first, last)

    assert len(code) == len("VIP-") + 6
    assert code.isascii()


def test_a_code_that_somebody_has_gets_other_digits_then_more_characters():
    codes = texts("{FIRST}{N}", count=100)

    assert [len(code) for code in codes] == [4, 4, 4, 4, 6, 7, 8, 10]
    assert all(code.startswith("ANA") for code in codes)


def test_a_very_short_code_gets_more_characters():
    assert [len(code) for code in texts("{F}{L}")] == [4]


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "SPRING",
        "{NN}",
        "{FIRST} {LAST}",
        "{NAME}",
        "{first}",
        "{FIRST}{NNNNNNN}",
        "{FIRST}é",
        "{FIRST",
        "{FIRST}\n",
        "{FIRST}" + "A" * 44,
        "{FIRST}{LAST}{FIRST}{LAST}",
    ],
)
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(BadNamePattern):
        NamePattern.of(pattern)


def test_the_longest_code_has_sixty_four_characters():
    (*_rest, longest) = texts("{FIRST}" + "A" * 43, first="Maximilian-Alexander", count=9)

    assert len(longest) == 64
