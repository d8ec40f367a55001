"""Which primary codes many newcomers get: what joining one after the other would give them, found out together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from advocate.lib.errors import DomainError
from advocate.lib.prefixes import ascii_lower
from programs.models import Participant, Program, ReferralCode
from programs.operations.checks import check_values
from programs.operations.code_texts import code_candidates, name_code
from programs.operations.joining import CodeTaken
from programs.taken_codes import taken_codes


@dataclass(slots=True)
class Newcomer:
    """
    Who is to join some programs, with the codes wished for by their programs' keys.

    ``texts`` are the codes chosen, by the programs' primary keys; ``refusal`` is why they join none.
    """

    participant: Participant
    programs: Sequence[Program]
    wishes: Mapping[str, str]
    texts: dict[int, str] = field(default_factory=dict)
    refusal: DomainError | None = None


@dataclass(frozen=True, slots=True)
class _Search:
    """A newcomer whose own name is taken in a program, and what else may be tried."""

    newcomer: Newcomer
    program: Program
    candidates: Iterator[str]


def choose_codes(newcomers: Sequence[Newcomer], *, rng: Random) -> None:
    """
    Choose a code for each newcomer in each of their programs, as if they joined one after the other.

    Who wishes for a code that is taken, or for none that can be one, is refused and keeps nobody from a code. Nothing
    is written, so that it is for the indexes to decide.
    """
    names = [name_code(one.participant.first_name, one.participant.last_name) for one in newcomers]
    taken = taken_codes(_first_choices(newcomers, names))
    searches: list[_Search] = []
    for newcomer, name in zip(newcomers, names, strict=True):
        try:
            searches += _settle(newcomer, name, taken, rng)
        except DomainError as refusal:
            taken -= {ascii_lower(text) for text in newcomer.texts.values()}
            newcomer.texts, newcomer.refusal = {}, refusal
    while searches:
        searches = _search_on(searches, taken)


def _first_choices(newcomers: Sequence[Newcomer], names: Sequence[str]) -> set[str]:
    wishes = {ascii_lower(wish) for newcomer in newcomers for wish in newcomer.wishes.values()}
    return wishes | {ascii_lower(name) for name in names if name}


def _settle(newcomer: Newcomer, name: str, taken: set[str], rng: Random) -> list[_Search]:
    """
    Give a newcomer their wishes and their name as far as it is free, and return where it is not.

    :raises InvalidValue: if a wish cannot be a code
    :raises CodeTaken: if a wish is taken
    """
    searches = []
    for program in newcomer.programs:
        wish = newcomer.wishes.get(program.key, "")
        if wish:
            check_values(ReferralCode(code=wish), names={"code"})
        if _claim(newcomer, program, wish or name, taken):
            continue
        if wish:
            raise CodeTaken(taken=wish)
        person = newcomer.participant
        others = code_candidates(first_name=person.first_name, last_name=person.last_name, rng=rng)
        searches.append(_Search(newcomer, program, others))
    return searches


def _search_on(searches: Sequence[_Search], taken: set[str]) -> list[_Search]:
    """Try the next candidate of each and return those who must go on."""
    candidates = [next(search.candidates, "") for search in searches]
    taken |= taken_codes({ascii_lower(text) for text in candidates if text} - taken)
    unsettled = []
    for search, text in zip(searches, candidates, strict=True):
        if not text:
            search.newcomer.refusal = CodeTaken(taken=search.program.key)
        elif not _claim(search.newcomer, search.program, text, taken):
            unsettled.append(search)
    return unsettled


def _claim(newcomer: Newcomer, program: Program, text: str, taken: set[str]) -> bool:
    folded = ascii_lower(text)
    if not text or folded in taken:
        return False
    taken.add(folded)
    newcomer.texts[program.pk] = text
    return True
