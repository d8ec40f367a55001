"""The ways of giving a participant a code by hand; apps above add theirs, so that this one need not know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import QuerySet

from advocate.lib.admin.parts import Text
from programs.forms import AddCodeForm
from programs.models import Participant, Program
from team.audit import Actor


class GiveCode(Protocol):
    """Gives a code in the chosen program, by one operation whose refusals the form shows, and returns its text."""

    def __call__(
        self, *, participant: Participant, program: Program, answers: Mapping[str, Any], by: Actor, at: datetime
    ) -> str:
        """Give a code; ``answers`` is what the source's form was filled in with."""


@dataclass(frozen=True, slots=True)
class CodeSource:
    """
    A way of giving a code, as the page "Add referral code" offers it.

    ``programs`` returns those in which it is possible: without any, the way is not offered at all. ``form`` may be a
    subclass of ``AddCodeForm`` with more fields. Who lacks ``permission`` is not offered it, and refused.
    """

    key: str
    label: Text
    lead: Text
    programs: Callable[[], QuerySet[Program]]
    give: GiveCode
    form: type[AddCodeForm] = AddCodeForm
    permission: str = "programs.add_referralcode"
    order: int = 100


_sources: dict[str, CodeSource] = {}


def register_code_source(source: CodeSource) -> None:
    """Add a way of giving a code; to be called from ``AppConfig.ready``."""
    _sources[source.key] = source


def code_sources() -> list[CodeSource]:
    """Return the ways in their order."""
    return sorted(_sources.values(), key=lambda source: source.order)
