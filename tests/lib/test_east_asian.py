from __future__ import annotations

import pytest
from django.db import connection

from advocate.lib.east_asian import full_name, full_name_sql, gap_after, is_written_so

NAMES = pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        ("娜", "李", "李娜"),
        ("静怡", "欧阳", "欧阳静怡"),
        ("さくら", "鈴木", "鈴木さくら"),
        ("ケンジ", "佐々木", "佐々木ケンジ"),
        ("민준", "정", "정민준"),
        ("ジョン", "スミス", "ジョン スミス"),
        ("Na", "Li", "Na Li"),
        ("Anna", "李", "Anna 李"),
        ("", "李", "李"),
        ("娜", "", "娜"),
        ("娜\n", "李", "娜\n 李"),
        ("", "", ""),
    ],
)


@NAMES
def test_a_name_is_shown_in_the_order_of_its_language(first, last, shown):
    assert full_name(first=first, last=last) == shown


@NAMES
@pytest.mark.django_db
def test_the_database_shows_names_in_the_same_order(first, last, shown):
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {full_name_sql(first='first', last='last')} FROM (SELECT %s AS first, %s AS last) AS person",
            [first, last],
        )

        assert cursor.fetchone()[0] == shown


def test_sentences_are_parted_by_a_space_where_their_language_has_one():
    assert gap_after("The stock is empty.") == " "
    assert gap_after("库存为空。") == ""
    assert gap_after("查看导入：") == ""


def test_words_without_spaces_are_told_from_others():
    assert is_written_so("李")
    assert not is_written_so("a")
    assert not is_written_so("李 a")
    assert not is_written_so("")
