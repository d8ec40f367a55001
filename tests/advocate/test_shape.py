from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as project

ROOT = Path(project.BASE_DIR)
LONGEST_FILE = 499
LONGEST_FUNCTION = 70
FOLDERS = (
    "advocate",
    "team",
    "outbox",
    "jobs",
    "programs",
    "promocodes",
    "rewards",
    "api",
    "widget",
    "tests",
    "tools",
    "bench",
)


def sources(suffix: str = "py", folders: tuple[str, ...] = FOLDERS) -> list[Path]:
    """Return the project's own files, without generated ones."""
    found = (path for folder in folders for path in (ROOT / folder).rglob(f"*.{suffix}"))
    return sorted(path for path in found if "migrations" not in path.parts)


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and the number of lines of each function of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_a_reader_can_hold():
    pages = [
        path for suffix in ("css", "js", "html", "txt") for path in sources(suffix, folders=("static", "templates"))
    ]
    written = [path for path in pages if "squatch-js" not in path.parts]  # the vendor's own script
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in [*sources(), *written]
    }

    assert len(lengths) > 50
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen():
    found = {
        f"{path.relative_to(ROOT)}:{name}": length
        for path in sources()
        for name, length in functions(path)
        if length > LONGEST_FUNCTION
    }

    assert found == {}


def test_half_of_all_functions_are_under_ten_lines():
    lengths = sorted(length for path in sources(folders=FOLDERS[:9]) for _name, length in functions(path))

    assert lengths[len(lengths) // 2] < 10


def test_no_module_has_a_name_that_says_nothing():
    nothing = {"utils", "helpers", "misc", "common", "tools"}

    assert [str(path.relative_to(ROOT)) for path in sources(folders=FOLDERS[:9]) if path.stem in nothing] == []


@pytest.mark.parametrize("folder", ["*.sqlite3", "*.log", "var/*", ".venv/*"])
def test_nothing_that_running_makes_is_committed(folder):
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone")

    tracked = subprocess.run(["git", "ls-files", folder], cwd=ROOT, check=True, capture_output=True, text=True)

    assert tracked.stdout == ""
