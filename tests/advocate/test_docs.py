from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project

from advocate.settings import ENV

ROOT = project.BASE_DIR
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<name>[A-Z_]+)`(?P<secret> ●)? \| (?:`(?P<default>[^`]*)`)? ?\| \S", re.MULTILINE)
PRODUCTION = re.findall(r"```ini\n# /etc/advocate/env.*?\n(.*?)```", OPERATIONS, re.DOTALL)
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").rglob("*.md")
)


def documented():
    return {row["name"]: (row["default"] or "", bool(row["secret"])) for row in ROW.finditer(SETTINGS)}


def test_every_setting_is_documented_with_its_default_and_none_is_invented():
    assert documented() == {name: (setting.default, setting.secret) for name, setting in ENV.declared.items()}


def test_every_default_that_the_documentation_gives_can_be_used(tmp_path):
    given = {name: default for name, (default, _secret) in documented().items()}

    answer = run_check(tmp_path, given)

    assert (answer.returncode, answer.stderr) == (0, "")


@pytest.mark.parametrize("block", PRODUCTION, ids=["one machine", "several machines"])
def test_the_production_settings_of_the_documentation_pass_the_deployment_check(tmp_path, block):
    (tmp_path / "secret-key").write_text("N8s-kV3w_7qLxA2eYtR5uI9oPzC4mBd6GhJfSaQ1WvXnE0TbKyUi\n", encoding="utf-8")
    given = dict(line.split("=", 1) for line in block.replace("/etc/advocate", str(tmp_path)).splitlines() if line)

    answer = run_check(tmp_path, given, "--deploy", "--fail-level", "WARNING")

    assert len(given) >= 9
    assert (answer.returncode, answer.stderr) == (0, "")


def test_both_production_examples_were_found():
    assert len(PRODUCTION) == 2


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_links_and_pictures_of_the_documentation_lead_somewhere(document):
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text)

    assert [target for target in targets if not leads_somewhere(document, target)] == []


@pytest.mark.parametrize(("folder", "index"), [("docs/adr", "docs/adr/README.md"), ("docs", "README.md")])
def test_no_page_of_the_documentation_is_left_without_a_link(folder, index):
    text = (ROOT / index).read_text(encoding="utf-8")
    prefix = "docs/" if folder == "docs" else ""

    pages = [page.name for page in (ROOT / folder).glob("*.md") if page.name != "README.md"]

    assert [name for name in pages if f"]({prefix}{name})" not in text] == []


def leads_somewhere(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    return there.exists() and (not anchor or anchor in anchors_of(there))


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def run_check(tmp_path, given, *options):
    environment = {"PATH": "/usr/bin:/bin", "VAR_DIR": str(tmp_path / "var"), **{k: v for k, v in given.items() if v}}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *options],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
