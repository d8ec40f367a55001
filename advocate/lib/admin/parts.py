"""The parts of a page that a ModelAdmin names and the templates draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.safestring import SafeString

Kind = Literal["success", "info", "warning", "danger", "neutral"]
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Action:
    """
    A button at the top of a page or in an empty state; ``url`` must work without scripts.

    ``dialog`` is the id of a ``<dialog>`` on the page that asks the same question sooner.
    """

    label: Text
    url: str
    primary: bool = False
    danger: bool = False
    icon: str = ""
    dialog: str = ""


@dataclass(frozen=True, slots=True)
class Badge:
    """A status in one or two words."""

    label: Text
    kind: Kind = "neutral"


@dataclass(frozen=True, slots=True)
class Fact:
    """A name and its value in the header of a detail page."""

    label: Text
    value: str | Promise | SafeString | int


@dataclass(frozen=True, slots=True)
class DetailHeader:
    """What a detail page says first: who or what it is, its status, and a few facts."""

    title: Text
    subtitle: Text = ""
    badges: tuple[Badge, ...] = ()
    facts: tuple[Fact, ...] = ()
