"""Names and words of Chinese, Japanese and Korean, which stand without spaces."""

from __future__ import annotations

import re

# The letters of all three, as they stand inside the brackets of a regular expression.
LETTERS = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_WRITTEN_SO = re.compile(f"[{LETTERS}]+")
# Names from elsewhere are spelled so in Japanese, and keep their own order.
_KATAKANA = re.compile("[\u30a0-\u30ff]+")


def full_name(*, first: str, last: str) -> str:
    """Return a person's name as it is said: 李娜 with the family name first, Ana García with it last."""
    if _WRITTEN_SO.fullmatch(first) and _WRITTEN_SO.fullmatch(last) and not _KATAKANA.fullmatch(last):
        return last + first
    return " ".join(part for part in (first, last) if part)


def is_written_so(text: str) -> bool:
    """Say whether a text has such letters only: one of them tells as much as several of an alphabet."""
    return _WRITTEN_SO.fullmatch(text) is not None
