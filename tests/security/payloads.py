"""What attackers write into every field that they can reach, and how a page is searched for what came of it."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Final

PAYLOADS: Final = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)><xss a=",
    "</textarea></title></style><xss onfocus=alert(1) autofocus>",
    "<a href=javascript:alert(1)>x</a>{{7|add:7}}{% now 'Y' %}",
    "--><iframe srcdoc='<xss>'><!--",
    "\uff1cxss\uff1e&lt;xss&gt;\u202e%(name)s %s {0}",
)
URLS: Final = frozenset({"href", "src", "action", "formaction", "srcdoc", "xlink:href", "data", "poster"})
FOREIGN: Final = frozenset({"xss", "object", "embed", "marquee", "math"})
LIVE_SCHEMES: Final = ("javascript:", "data:text", "vbscript:")


class _Hunter(HTMLParser):
    """Notice each element and attribute that no template of ours writes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Judge an element by its name and attributes."""
        given = {name: value or "" for name, value in attrs}
        if tag in FOREIGN or (tag == "script" and "src" not in given):
            self.found.append(f"<{tag}>")
        for name, value in given.items():
            is_handler = name.startswith("on") or not name.replace("-", "").replace(":", "").isalnum()
            is_live = name in URLS and value.strip().lower().startswith(LIVE_SCHEMES)
            if is_handler or is_live or name == "srcdoc" or (name == "src" and value == "x"):
                self.found.append(f"<{tag} {name}={value!r}>")


def injected(page: str) -> list[str]:
    """Return what a page holds that came from a payload."""
    hunter = _Hunter()
    hunter.feed(page)
    return hunter.found
