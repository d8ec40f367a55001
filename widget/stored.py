"""A component at its place in a widget or microsite, as a version's JSON holds it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

LANGUAGES = ("en", "zh")


def new_component_id() -> str:
    """Return a name for a component that no other one of its display has."""
    return f"c{secrets.token_hex(5)}"


@dataclass(frozen=True, slots=True)
class StoredComponent:
    """
    One component: its type, and what was written and set for it.

    ``texts`` holds, for each language, only the texts that differ from the type's own.
    """

    id: str
    type: str
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def new(cls, component_type: str) -> Self:
        """Return a component as it is when it has just been added."""
        return cls(id=new_component_id(), type=component_type)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        """Return the component that was stored."""
        return cls(
            id=stored["id"], type=stored["type"], texts=stored.get("texts") or {}, settings=stored.get("settings") or {}
        )

    def stored(self) -> dict[str, Any]:
        """Return the component as JSON holds it."""
        texts = {language: dict(self.texts.get(language) or {}) for language in LANGUAGES}
        return {"id": self.id, "type": self.type, "texts": texts, "settings": dict(self.settings)}
