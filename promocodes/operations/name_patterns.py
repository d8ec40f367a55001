"""How codes look that are made from advocates' names: a pattern such as ``{FIRST}{LAST}{NN}``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError
from advocate.lib.folding import fold
from programs.operations.code_texts import ALPHABET, TAILS, random_code

LONGEST: Final = 64
LONGEST_NAME: Final = 15
SHORTEST: Final = 4
DRAWS: Final = 4  # so often other random characters are tried before the code gets longer
NAMELESS_LENGTH: Final = 6
DIGITS: Final = "0123456789"
NAME_LENGTHS: Final = {"FIRST": LONGEST_NAME, "LAST": LONGEST_NAME, "F": 1, "L": 1}
_PLACE = re.compile(r"\{(FIRST|LAST|F|L|N{1,6}|X{1,10})\}")
_FIXED = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)


class BadNamePattern(DomainError):
    """Codes cannot be made by the pattern."""

    code = "bad_name_pattern"
    message = _(
        "A pattern holds {FIRST}, {LAST}, {F} or {L} for the name, {NN} for digits and {XX} for random characters; "
        "between them stand letters A to Z, digits, hyphens and underscores. The longest code has 64 characters."
    )


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern, taken apart: fixed texts, with a place for something between each two."""

    fixed: tuple[str, ...]
    places: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> NamePattern:
        """
        Return the pattern that a text is.

        :raises BadNamePattern: if no code can be made by it
        """
        pieces = _PLACE.split(text)
        pattern = cls(tuple(pieces[::2]), tuple(pieces[1::2]))
        if not all(_FIXED.fullmatch(part) for part in pattern.fixed) or not NAME_LENGTHS.keys() & set(pattern.places):
            raise BadNamePattern(field="name_pattern")
        if pattern.longest > LONGEST:
            raise BadNamePattern(field="name_pattern")
        return pattern

    @property
    def longest(self) -> int:
        """Return how long a code can get, with what is added where others have it already."""
        places = sum(NAME_LENGTHS.get(place, len(place)) for place in self.places)
        return sum(map(len, self.fixed)) + places + max(TAILS)

    def texts(self, *, first_name: str, last_name: str, rng: Random) -> Iterator[str]:
        """Yield codes for a person, the best one first; each after it is harder to meet than the one before."""
        names = _names(first_name, last_name, self.places, rng)
        is_drawn = any(place not in NAME_LENGTHS for place in self.places)
        for _draw in range(DRAWS if is_drawn else 1):
            text = self._filled(names, rng)
            yield text if len(text) >= SHORTEST else text + random_code(rng, SHORTEST - len(text))
        for length in TAILS:
            yield self._filled(names, rng) + random_code(rng, length)

    def _filled(self, names: Mapping[str, str], rng: Random) -> str:
        found = [self.fixed[0]]
        for place, after in zip(self.places, self.fixed[1:], strict=True):
            found += [names[place] if place in names else _drawn(place, rng), after]
        return "".join(found)


def _names(first_name: str, last_name: str, places: tuple[str, ...], rng: Random) -> dict[str, str]:
    """Return what stands for each part of a name; who has no Latin letters gets random characters in its place."""
    first, last = _latin(first_name), _latin(last_name)
    names = {"FIRST": first[:LONGEST_NAME], "LAST": last[:LONGEST_NAME], "F": first[:1], "L": last[:1]}
    if not any(names[place] for place in places if place in names):
        names[next(place for place in places if place in names)] = random_code(rng, NAMELESS_LENGTH)
    return names


def _latin(name: str) -> str:
    return "".join(char for char in fold(name) if char.isascii() and char.isalnum()).upper()


def _drawn(place: str, rng: Random) -> str:
    alphabet = DIGITS if place[0] == "N" else ALPHABET
    return "".join(rng.choice(alphabet) for _each in place)
