"""Which codes a pattern would make, shown before it is saved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from advocate.lib.east_asian import full_name
from programs.models import Participant, Program
from promocodes.operations.name_patterns import NamePattern

SHOWN: Final = 5
MADE_UP: Final = (("Ana", "García"), ("Jean-Luc", "O'Brien"), ("小明", "王"))


@dataclass(frozen=True, slots=True)
class NameExample:
    """A person and the code that they would get."""

    name: str
    code: str
    is_advocate: bool


def name_examples(program: Program, pattern: str) -> list[NameExample]:
    """
    Return the codes that a pattern makes for some advocates of the program and for names that it may meet.

    :raises BadNamePattern: if it makes none
    """
    return list(_examples(program, NamePattern.of(pattern)))


def _examples(program: Program, pattern: NamePattern) -> Iterator[NameExample]:
    # The same characters each time, so that typing changes only what it changes.
    rng = Random(7)  # noqa: S311  # examples are no secrets
    advocates = Participant.objects.filter(referral_codes__program=program, referral_codes__is_primary=True)
    for person in advocates.order_by("pk")[: SHOWN - len(MADE_UP)]:
        code = next(pattern.texts(first_name=person.first_name, last_name=person.last_name, rng=rng))
        yield NameExample(str(person), code, is_advocate=True)
    for first, last in MADE_UP:
        code = next(pattern.texts(first_name=first, last_name=last, rng=rng))
        yield NameExample(full_name(first=first, last=last), code, is_advocate=False)
