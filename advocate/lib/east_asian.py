"""Names, words and sentences of Chinese, Japanese and Korean, which stand without spaces."""

from __future__ import annotations

import re

from advocate.lib import db

# The letters of all three, as they stand inside the brackets of a regular expression.
LETTERS = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_WHOLLY = rf"\A[{LETTERS}]+\Z"
_WRITTEN_SO = re.compile(_WHOLLY)
# Names from elsewhere are spelled so in Japanese, and keep their own order.
_WHOLLY_KATAKANA = r"\A[\u30a0-\u30ff]+\Z"
_KATAKANA = re.compile(_WHOLLY_KATAKANA)
_WIDE_ENDS = ("。", "！", "？", "：")


def full_name(*, first: str, last: str) -> str:
    """Return a person's name as it is said: 李娜 with the family name first, Ana García with it last."""
    if _WRITTEN_SO.match(first) and _WRITTEN_SO.match(last) and not _KATAKANA.match(last):
        return last + first
    return " ".join(part for part in (first, last) if part)


def full_name_sql(*, first: str, last: str) -> str:
    """Return the SQL of the same, of two expressions that are not null."""
    spelled_so = f"{db.matches(last, _WHOLLY)} AND {db.matches(first, _WHOLLY)}"
    return f"""CASE WHEN {spelled_so} AND NOT {db.matches(last, _WHOLLY_KATAKANA)} THEN {last} || {first}
        ELSE TRIM({first} || ' ' || {last}) END"""


def gap_after(sentence: str) -> str:
    """Return what parts a sentence from the next: a space, but after 。 and ： nothing."""
    return "" if sentence.endswith(_WIDE_ENDS) else " "


def is_written_so(text: str) -> bool:
    """Say whether a text has such letters only: one of them tells as much as several of an alphabet."""
    return _WRITTEN_SO.match(text) is not None
