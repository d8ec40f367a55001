"""Texts found by how they begin, in any case of their ASCII letters: both engines serve such a range from an index."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase

_SMALL_LETTERS = str.maketrans(ascii_uppercase, ascii_lowercase)


def ascii_lower(text: str) -> str:
    """Return what ``Lower`` makes of an ``ExactCharField``, on both engines."""
    return text.lower() if text.isascii() else text.translate(_SMALL_LETTERS)


def following(word: str) -> str:
    """Return the first text that is after everything that begins with ``word``, in the order of code points."""
    head, last = word[:-1], ord(word[-1])
    if last == 0x10FFFF:
        return following(head) if head else "\U0010ffff" * 101
    return head + chr(0xE000 if last == 0xD7FF else last + 1)
