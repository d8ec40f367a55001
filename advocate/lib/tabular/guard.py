from __future__ import annotations

TRIGGERS = frozenset("=+-@\t\r\n|＝＋－＠")


def escape_formula(text: str) -> str:
    """
    Put an apostrophe before text that a spreadsheet program would run as a formula.

    Text that already begins with apostrophes and such a character gets one more, so that :func:`unescape_formula`
    gives back every string exactly.
    """
    return "'" + text if _starts_formula(text) else text


def unescape_formula(text: str) -> str:
    """Take away the apostrophe that :func:`escape_formula` put there; other text stays as it is."""
    return text[1:] if text[:1] == "'" and _starts_formula(text) else text


def _starts_formula(text: str) -> bool:
    first = text[:1]
    return first in TRIGGERS or (first == "'" and text.lstrip("'")[:1] in TRIGGERS)
