"""What a component of a display is: texts that an admin may change, settings, and a template."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.functional import Promise

from widget.languages import Language
from widget.stored import StoredComponent
from widget.viewers import Viewer

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Text:
    """
    A text that an admin may change, with what it says until then; ``{names}`` in it are filled in.

    ``hint`` stands in its field while that is empty, and nowhere else.
    """

    name: str
    label: Words
    en: str
    zh: str
    is_long: bool = False
    hint: Words = ""

    def default(self, language: Language) -> str:
        """Return what the text says until somebody changes it."""
        return self.zh if language is Language.CHINESE else self.en


class SettingKind(StrEnum):
    """How a setting is chosen."""

    URL = "url"
    CHOICE = "choice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values of a setting."""

    value: str
    label: Words


@dataclass(frozen=True, slots=True)
class Setting:
    """Something besides texts that an admin chooses for a component, the same in both languages."""

    name: str
    label: Words
    kind: SettingKind
    default: str | bool = ""
    choices: tuple[Choice, ...] = ()
    help: Words = ""


@dataclass(frozen=True, slots=True)
class Placed:
    """A component where it stands: its texts in one language and its settings, each with its default."""

    id: str
    texts: Mapping[str, str]
    settings: Mapping[str, Any]
    language: Language


class Component(ABC):
    """
    A type of component; one file here and one template are all there is of it.

    ``key`` never changes, since displays are stored with it.
    """

    key: ClassVar[str]
    label: ClassVar[Words]
    about: ClassVar[Words]
    texts: ClassVar[tuple[Text, ...]] = ()
    settings: ClassVar[tuple[Setting, ...]] = ()

    @property
    def template(self) -> str:
        """Return the name of the component's template."""
        return f"widget/components/{self.key}.html"

    def context(self, viewer: Viewer, placed: Placed) -> dict[str, Any]:
        """Return what the template shows of the viewer, besides ``texts`` and ``settings``."""
        return {}

    def placed(self, stored: Mapping[str, Any], *, language: Language) -> Placed:
        """Return the component as it is stored in a display; what was not written or set for it has its default."""
        part = StoredComponent.read(stored)
        texts = part.texts.get(language.value) or {}
        return Placed(
            id=part.id,
            texts={text.name: _own_or(texts.get(text.name), text.default(language)) for text in self.texts},
            settings={each.name: _own_or(part.settings.get(each.name), each.default) for each in self.settings},
            language=language,
        )


def filled(text: str, **values: object) -> str:
    """Return a text with its ``{names}`` replaced; others stay as they are, for an admin typed them."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def _own_or(own: Any, default: Any) -> Any:
    return own if isinstance(own, type(default)) else default
