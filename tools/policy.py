"""Refuse in pages what the Content-Security-Policy would block: inline scripts, styles and event handlers."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Mail programs know no style sheets, so mails carry their styles inside.
EXEMPT = ("emails/",)
FORBIDDEN = {
    "an inline script": re.compile(
        r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*\btype\s*=\s*[\"']application/(?:ld\+)?json[\"'])[^>]*>", re.IGNORECASE
    ),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "an event handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "a javascript: link": re.compile(r"[\"'\s=]javascript:", re.IGNORECASE),
}


def findings(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each forbidden thing in a template's text."""
    for what, pattern in FORBIDDEN.items():
        for match in pattern.finditer(text):
            yield text.count("\n", 0, match.start()) + 1, what


def main() -> None:
    """Check every template outside the mails."""
    found = 0
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = path.relative_to(ROOT / "templates").as_posix()
        if name.startswith(EXEMPT):
            continue
        for line, what in findings(path.read_text(encoding="utf-8")):
            sys.stdout.write(f"templates/{name}:{line}: {what} is blocked by the Content-Security-Policy\n")
            found += 1
    if found:
        sys.exit(1)


if __name__ == "__main__":
    main()
