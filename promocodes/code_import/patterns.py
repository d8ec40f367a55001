"""How generated codes look, and whether anybody could guess one."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from promocodes.code_import.errors import BadPattern, GuessableCodes, TooFewCodes, TooManyCodes
from promocodes.models import CodePool

PATTERN: Final = "pattern"
ALPHABET: Final = "alphabet"
COUNT: Final = "count"
RANDOM: Final = "#"
LONGEST: Final = 64
MOST_CODES: Final = 5_000_000
# With a million live codes, one guess hits one of them with a chance of a billionth.
BITS_NEEDED: Final = 49
# So that a code nobody has is found quickly, however many there are.
ROOM_FACTOR: Final = 4
CLEAR: Final = "clear"
ALPHABETS: Final[dict[str, str]] = {
    CLEAR: "23456789ABCDEFGHJKMNPQRSTUVWXYZ",
    "letters": "ABCDEFGHJKMNPQRSTUVWXYZ",
    "digits": "0123456789",
}
ALPHABET_LABELS: Final[dict[str, str | Promise]] = {
    CLEAR: _("Letters and digits without look-alikes"),
    "letters": _("Letters without look-alikes"),
    "digits": _("Digits"),
}
_FORM = re.compile(r"[A-Za-z0-9_#-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class CodePattern:
    """A pattern such as ``SPRING-#####-#####``, and the characters that stand for ``#``."""

    text: str
    alphabet: str

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> CodePattern:
        """Return the pattern that a job's options describe."""
        return cls(str(params[PATTERN]), ALPHABETS[str(params[ALPHABET])])

    @property
    def randoms(self) -> int:
        """Return how many characters are random."""
        return self.text.count(RANDOM)

    def codes(self, count: int) -> Iterator[str]:
        """Yield random codes, which may repeat."""
        width = self.randoms
        texts = random_text(self.alphabet, count * width)
        pieces = self.text.split(RANDOM)
        inner = any(pieces[1:-1])
        for start in range(0, count * width, width):
            chosen = texts[start : start + width]
            if inner:
                chosen = "".join(piece + one for piece, one in zip(pieces[1:-1], chosen[1:], strict=True))
                chosen = texts[start] + chosen
            yield f"{pieces[0]}{chosen}{pieces[-1]}"


def random_text(alphabet: str, length: int) -> str:
    """Return so many characters of an alphabet, each as likely as the other, from the system's own randomness."""
    size = len(alphabet)
    fair = 256 - 256 % size
    table = bytes(ord(alphabet[byte % size]) for byte in range(256))
    unfair = bytes(range(fair, 256))
    found = b""
    while len(found) < length:
        missing = length - len(found)
        found += secrets.token_bytes(missing + missing // 8 + 16).translate(table, unfair)
    return found[:length].decode("ascii")


def check_pattern(pattern: CodePattern, *, count: int, kind: str) -> None:
    """
    Refuse a pattern whose codes are not codes, could be guessed, or are too few.

    :raises BadPattern, GuessableCodes, TooFewCodes, TooManyCodes: naming what is needed
    """
    if len(pattern.text) > LONGEST or not _FORM.fullmatch(pattern.text) or not pattern.randoms:
        raise BadPattern
    if not 1 <= count <= MOST_CODES:
        raise TooManyCodes(limit=MOST_CODES)
    bits = math.log2(len(pattern.alphabet))
    if kind == CodePool.Kind.ONE_TIME and pattern.randoms * bits < BITS_NEEDED:
        raise GuessableCodes(has=pattern.randoms, needed=math.ceil(BITS_NEEDED / bits))
    room = math.log2(count * ROOM_FACTOR)
    if pattern.randoms * bits < room:
        raise TooFewCodes(count=count, needed=math.ceil(room / bits))
