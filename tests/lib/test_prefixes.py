from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advocate.lib.prefixes import ascii_lower, following


@pytest.mark.parametrize(("text", "low"), [("ANA-1", "ana-1"), ("ÄNa", "Äna"), ("İ", "İ"), ("", "")])
def test_only_ascii_letters_become_small(text, low):
    assert ascii_lower(text) == low


@pytest.mark.parametrize(("word", "after"), [("ab", "ac"), ("王", "玌"), ("a\ud7ff", "a\ue000"), ("a\U0010ffff", "b")])
def test_the_following_text_is_the_first_beyond_all_that_begin_so(word, after):
    assert following(word) == after


@given(st.text(min_size=1, max_size=5), st.text(max_size=5))
def test_what_begins_with_a_word_is_before_the_following_text(word, rest):
    assert word <= word + rest < following(word)
