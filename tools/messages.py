"""
Collect, compile and check the translations.

``.mo`` files are committed, since a fresh machine has no gettext: babel compiles them, so they are the same everywhere.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("zh_Hans",)
FOREIGN = ("var", ".venv", "tests")
COLLECT = ("makemessages", "--no-location", "--no-wrap", "--no-obsolete", *(f"--ignore={name}" for name in FOREIGN))


def update() -> None:
    """Collect all texts of the source into the catalogues, keep what is translated, and compile."""
    _need_gettext()
    _collect(ROOT)
    compile_all()


def compile_all() -> None:
    """Write each catalogue's ``.mo``."""
    for source in _catalogues(ROOT):
        source.with_suffix(".mo").write_bytes(_compiled(source))


def check() -> None:
    """Exit with a list of what is missing, unsure or out of date."""
    problems = [problem for source in _catalogues(ROOT) for problem in _problems(source)]
    if shutil.which("xgettext"):
        problems += _uncollected()
    elif os.environ.get("CI"):
        problems.append("gettext is not installed, so nobody knows whether all texts were collected")
    else:
        sys.stdout.write("gettext is not installed: whether all texts were collected was not checked\n")
    if problems:
        sys.exit("\n".join(problems))


def _catalogues(root: Path) -> list[Path]:
    return [root / "locale" / language / "LC_MESSAGES" / "django.po" for language in LANGUAGES]


def _read(source: Path) -> Catalog:
    with source.open("rb") as file:
        return read_po(file)


def _compiled(source: Path) -> bytes:
    target = io.BytesIO()
    write_mo(target, _read(source))
    return target.getvalue()


def _problems(source: Path) -> Iterator[str]:
    name = source.relative_to(ROOT)
    if not source.exists():
        yield f"{name} does not exist: run make messages and translate it"
        return
    for message in _read(source):
        if message.id and message.fuzzy:
            yield f"{name}: unsure (fuzzy): {message.id!r}"
        elif message.id and not all(message.string if isinstance(message.string, tuple) else (message.string,)):
            yield f"{name}: not translated: {message.id!r}"
    compiled = source.with_suffix(".mo")
    if not compiled.exists() or compiled.read_bytes() != _compiled(source):
        yield f"{compiled.relative_to(ROOT)} is not compiled from {name}: run make messages"


def _uncollected() -> Iterator[str]:
    """Yield the texts that differ from what collecting into a copy of the repository gives."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "var", "__pycache__", "node_modules"))
        _collect(copy)
        for ours, fresh in zip(_catalogues(ROOT), _catalogues(copy), strict=True):
            if not ours.exists():
                continue
            have = {message.id for message in _read(ours)}
            need = {message.id for message in _read(fresh)}
            yield from (f"{ours.relative_to(ROOT)}: not collected: {text!r}" for text in sorted(need - have, key=str))
            yield from (f"{ours.relative_to(ROOT)}: no longer used: {text!r}" for text in sorted(have - need, key=str))


def _collect(root: Path) -> None:
    locales = [word for language in LANGUAGES for word in ("--locale", language)]
    subprocess.run([sys.executable, "manage.py", *COLLECT, *locales], check=True, cwd=root, stdout=subprocess.DEVNULL)


def _need_gettext() -> None:
    if not shutil.which("xgettext"):
        sys.exit("Collecting texts needs GNU gettext (apt-get install gettext, brew install gettext).")


if __name__ == "__main__":
    {"update": update, "compile": compile_all, "check": check}[sys.argv[1]]()
