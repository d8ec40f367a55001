"""One spelling for what people type in several: no case, no accents, no full-width letters."""

from __future__ import annotations

import re
import unicodedata

# Marks that people leave out: accents of Latin, Greek and Cyrillic, points of Hebrew, vowel signs of Arabic.
# Other scripts' marks (Devanagari's vowels, say) are letters to their readers and stay.
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]")
# Letters that Unicode does not take apart, and the marks that keyboards give for an apostrophe or a hyphen.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
    | dict.fromkeys("‘’ʼ´`", "'")
    | dict.fromkeys("‐‑–—", "-")
)


def fold(text: str) -> str:
    """Return ``text`` as it is compared in a search; folding twice changes nothing."""
    if text.isascii():  # most texts are, and of them only case and one mark matter
        return text.lower().replace("`", "'")
    # Case goes first and last: taking a letter apart can leave a capital, and joining can need one more turn.
    loose = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _MARKS.sub("", loose).translate(_LETTERS).casefold())


def folded_words(text: str) -> list[str]:
    """Return the words of ``text``, folded and in their order."""
    return fold(text).split()
