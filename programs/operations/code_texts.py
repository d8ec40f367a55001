from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Final

from advocate.lib.folding import fold

# Without 0, 1, I, L, O and U, which people misread, so that a code can be told over the phone.
ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST_NAME: Final = 15
SHORTEST_NAME: Final = 3
# A thousand people may share a name: each try is harder to meet than the one before.
TAILS: Final = (2, 3, 4, 6)
RANDOM_LENGTH: Final = 8
RANDOM_TRIES: Final = 5


def code_candidates(*, first_name: str, last_name: str, rng: Random) -> Iterator[str]:
    """Yield codes for a person, the best one first: their name, their name with a tail, nothing but a tail."""
    name = name_code(first_name, last_name)
    if name:
        yield name
        for length in TAILS:
            yield name + random_code(rng, length)
    for _ in range(RANDOM_TRIES):
        yield random_code(rng, RANDOM_LENGTH)


def name_code(first_name: str, last_name: str) -> str:
    """Return a name in capital ASCII letters and digits, such as ANAGARCIA; nothing where hardly any are left."""
    folded = fold(first_name + last_name)
    kept = "".join(char for char in folded if char.isascii() and char.isalnum()).upper()[:LONGEST_NAME]
    return kept if len(kept) >= SHORTEST_NAME else ""


def random_code(rng: Random, length: int) -> str:
    """Return characters that nobody confuses."""
    return "".join(rng.choice(ALPHABET) for _ in range(length))
