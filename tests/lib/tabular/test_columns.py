from __future__ import annotations

import pytest

from advocate.lib.tabular import match_columns
from advocate.lib.tabular.errors import MissingColumn, MisspelledColumn, RepeatedColumn

HEADER = ["unit", "userId", "note", "accountId"]


def test_columns_are_found_in_any_order_and_unknown_ones_are_ignored():
    columns = match_columns(HEADER, required=["userId", "unit"], optional=["email", "accountId"])

    assert (columns["userId"], columns["unit"], columns["accountId"]) == (1, 0, 3)
    assert columns.get("email") is None
    assert "note" not in columns


def test_a_column_that_is_there_twice_is_refused():
    with pytest.raises(RepeatedColumn) as refusal:
        match_columns(["userId", "unit", "userId"], required=["unit"], optional=["userId"])

    assert str(refusal.value) == "The column “userId” is there 2 times. Keep one of them."


@pytest.mark.parametrize("found", ["userid", "USER_ID", "user id", "UserIds"])
def test_a_missing_column_names_the_one_that_looks_like_it(found):
    with pytest.raises(MisspelledColumn) as refusal:
        match_columns([found, "unit"], required=["userId", "unit"])

    assert refusal.value.params["found"] == found


def test_a_missing_column_without_a_likeness_is_named():
    with pytest.raises(MissingColumn, match="“valueToRedeem” is missing"):
        match_columns(["a", "b"], required=["valueToRedeem"])
