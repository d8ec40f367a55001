from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from widget.components import COMPONENT_OF


@dataclass
class Version:
    """A version of a display that is nowhere stored."""

    components: list[dict[str, Any]] = field(default_factory=list)


def version_of(*types: str) -> Version:
    """Return a version with components of these types, each with its defaults."""
    assert set(types) <= COMPONENT_OF.keys()
    parts = enumerate(types)
    return Version([{"id": f"c{place}", "type": key, "texts": {}, "settings": {}} for place, key in parts])
