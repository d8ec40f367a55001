from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from advocate.lib.tabular import escape_formula, unescape_formula

API_PAGE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text(encoding="utf-8")
DOCUMENTED = re.search(r"A cell that matches `(.+?)`", API_PAGE)[1]
TRIGGERS = "=+-@\t\r\n|＝＋－＠"


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_text_that_would_run_as_a_formula_begins_with_an_apostrophe(trigger):
    assert escape_formula(trigger + "1+1") == "'" + trigger + "1+1"


@given(st.text() | st.text(alphabet=TRIGGERS + "'a "))
def test_every_text_survives_the_guard(text):
    guarded = escape_formula(text)

    assert not guarded.startswith(tuple(TRIGGERS))
    assert unescape_formula(guarded) == text


@given(st.text() | st.text(alphabet=TRIGGERS + "'a "))
def test_the_pattern_that_is_documented_for_connectors_finds_what_is_guarded(text):
    guarded = escape_formula(text)

    assert (guarded[1:] if re.match(DOCUMENTED, guarded) else guarded) == text


@pytest.mark.parametrize("text", ["", "'", "''", "'s Gravenhage", "a=1", " =1", "5"])
def test_other_text_is_left_alone(text):
    assert escape_formula(text) == text
    assert unescape_formula(text) == text


def test_a_guard_that_a_spreadsheet_dropped_is_not_missed():
    assert unescape_formula("=1+1") == "=1+1"
