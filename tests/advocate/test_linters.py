"""A limit that is switched off by mistake passes everything; so each linter is shown something bad."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as project

from tools import lint, messages, policy

ROOT = Path(project.BASE_DIR)
PACKAGES = ("advocate", "team", "outbox", "jobs", "programs", "promocodes", "rewards", "api", "widget")
BAD_STYLE = {
    "C901": "def tangled(a: int) -> int:\n" + "    if a:\n        a += 1\n" * 9 + "    return a\n",
    "PLR0915": "def long(a: int) -> int:\n" + "    a += 1\n" * 42 + "    return a\n",
    "BLE001": "try:\n    pass\nexcept Exception:\n    pass\n",
    "T201": "print(1)\n",
    "DTZ005": "from datetime import datetime\n\ndatetime.now()\n",
    "D103": "def public() -> None:\n    pass\n",
    "F401": "import os\n",
    "PLC0415": "def inner() -> None:\n    import os\n\n    os.getpid()\n",
    "ERA001": "# old = compute(1)\n",
}
BAD_PAGES = {
    "<script>alert(1)</script>": "an inline script",
    '<script type="module">x</script>': "an inline script",
    "<style>p { color: red }</style>": "an inline style sheet",
    '<p class="x" style="color: red">': "a style attribute",
    '<button\n  type="button" onclick="go()">': "an event handler",
    '<a href="javascript:go()">': "a javascript: link",
}
GOOD_PAGE = """
<script src="{% static 'advocate/a.js' %}" defer></script>
<script type="application/json" id="data">{}</script>
<p class="style" data-style="x">on time = soon</p>
"""
CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "Save"
msgstr "{save}"

{flag}msgid "Cancel"
msgstr "取消"
"""


def run(*command, cwd=ROOT, **options):
    environment = {**os.environ, "PYTHONPATH": str(cwd)}
    return subprocess.run(
        [sys.executable, *command],
        check=False,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        **options,
    )


@pytest.mark.parametrize("code", BAD_STYLE)
def test_bad_style_fails(code):
    bad_file = ("--output-format", "json", "--stdin-filename", "rewards/operations/bad.py", "-")

    answer = run("-m", "ruff", "check", *bad_file, input=BAD_STYLE[code])

    assert answer.returncode == 1
    assert code in {finding["code"] for finding in json.loads(answer.stdout)}


@pytest.mark.parametrize("place", ["admin.py", "admin/bad.py", "apps.py", "errors.py", "models.py"])
def test_a_public_method_without_a_word_fails_where_classes_may_go_without(place):
    bad_file = ("--select", "D101,D102", "--output-format", "json", "--stdin-filename", f"rewards/{place}", "-")

    answer = run("-m", "ruff", "check", *bad_file, input="class Public:\n    def public(self) -> None:\n        pass\n")

    assert "D102" in {finding["code"] for finding in json.loads(answer.stdout)}


def test_an_untyped_function_fails(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("def double(x):\n    return x * 2\n", encoding="utf-8")

    answer = run("-m", "mypy", "--config-file", "pyproject.toml", str(bad))

    assert answer.returncode == 1
    assert "[no-untyped-def]" in answer.stdout


@pytest.mark.parametrize(
    ("place", "imported"),
    [("advocate/lib", "rewards.models"), ("programs", "rewards.models"), ("jobs", "programs"), ("outbox", "jobs")],
)
def test_an_import_upwards_fails(tmp_path, place, imported):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / place / "bad.py").write_text(f"import {imported}\n", encoding="utf-8")

    answer = run(*lint.CHECKS["layers"], cwd=tmp_path)

    assert answer.returncode == 1
    assert "Apps import downwards only BROKEN" in answer.stdout


def test_queries_that_write_through_operations_fail(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "rewards" / "queries.py").open("a", encoding="utf-8") as file:
        file.write("\nimport rewards.operations\n")

    answer = run(*lint.CHECKS["layers"], cwd=tmp_path)

    assert answer.returncode == 1
    assert "Inside an app: interfaces, operations, queries, models BROKEN" in answer.stdout


def test_a_sloppy_template_fails(tmp_path):
    (tmp_path / "bad.html").write_text("<div><img src='x'></div>\n<div>\n", encoding="utf-8")

    answer = run("-m", "djlint", str(tmp_path), "--lint", "--quiet", "--configuration", "pyproject.toml")

    assert answer.returncode == 1


@pytest.mark.parametrize("page", BAD_PAGES)
def test_what_the_content_security_policy_blocks_is_found_in_templates(page):
    assert list(policy.findings(f"<p>\n{page}")) == [(2, BAD_PAGES[page])]


def test_what_the_content_security_policy_allows_is_left_alone():
    assert list(policy.findings(GOOD_PAGE)) == []


@pytest.fixture
def catalogue(tmp_path, monkeypatch):
    """Return how to write a translation catalogue and hear what is wrong with it."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    source = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)

    def problems(*, save="保存", flag="", compiled=True):
        source.write_text(CATALOGUE.format(save=save, flag=flag), encoding="utf-8")
        if compiled:
            messages.compile_all()
        return list(messages._problems(source))

    return problems


def test_a_complete_and_compiled_catalogue_passes(catalogue):
    assert catalogue() == []


def test_a_missing_translation_fails(catalogue):
    assert catalogue(save="") == ["locale/zh_Hans/LC_MESSAGES/django.po: not translated: 'Save'"]


def test_an_unsure_translation_fails(catalogue):
    assert catalogue(flag="#, fuzzy\n") == ["locale/zh_Hans/LC_MESSAGES/django.po: unsure (fuzzy): 'Cancel'"]


def test_a_catalogue_that_was_not_compiled_again_fails(catalogue):
    catalogue()

    (problem,) = catalogue(save="储存", compiled=False)

    assert problem.startswith("locale/zh_Hans/LC_MESSAGES/django.mo is not compiled from ")


def test_one_failing_check_fails_the_whole_and_the_others_still_run(monkeypatch, capsys):
    monkeypatch.setattr(lint, "CHECKS", {"first": ["-c", "raise SystemExit(1)"], "second": ["-c", ""]})

    with pytest.raises(SystemExit, match="Failed: first"):
        lint.main([])

    assert [line.split("(")[0] for line in capsys.readouterr().out.splitlines()] == [
        "first       FAILED ",
        "second      ok ",
    ]
