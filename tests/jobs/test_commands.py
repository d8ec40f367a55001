from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from jobs import types
from jobs.inline import progress_line
from jobs.models import Job
from programs.exports import PARTICIPANTS
from team.models import Role, User
from tests.factories import make_participant
from tests.jobs.scores import Score

pytestmark = pytest.mark.django_db(transaction=True)

MEMBER = "manager@example.com"


@pytest.fixture(autouse=True)
def _member():
    User.objects.create_user(MEMBER, "long enough 1", role=Role.PROGRAM_MANAGER)
    User.objects.create_user("viewer@example.com", "long enough 1", role=Role.VIEWER)


@pytest.fixture
def file(tmp_path):
    def write(*lines: str):
        path = tmp_path / "scores.csv"
        path.write_text("\n".join(("userId,points", *lines)), encoding="utf-8")
        return str(path)

    return write


def _import(*args: str, by: str = MEMBER) -> tuple[object, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("import_file", "scores", *args, "--requested-by", by, stdout=out, stderr=out)
    return end.value.code, out.getvalue()


def test_a_good_file_is_applied_and_the_status_is_0(file):
    status, out = _import(file("u1,5", "u2,0"))

    assert status == 0
    assert [line.split() for line in out.splitlines()] == [
        ["done", "1"],
        ["unchanged", "1"],
        ["refused", "0"],
        ["POINT", "5"],
    ]
    assert Score.objects.count() == 1


def test_refused_rows_are_named_and_the_status_is_1(file):
    status, out = _import(file("u1,5", "x2,6"))

    assert status == 1
    assert out.splitlines()[-1] == "row 3 userId: Nobody has the user ID x2."
    assert Score.objects.count() == 1


def test_all_or_nothing_applies_nothing_if_a_row_is_refused(file):
    status, out = _import(file("u1,5", "x2,6"), "--all-or-nothing")

    assert (status, Score.objects.count()) == (1, 0)
    assert "row 3 userId" in out


def test_a_refused_file_is_status_2(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")

    status, out = _import(str(path))

    assert status == 2
    assert "The column “userId” is missing." in out


def test_a_dry_run_changes_nothing_and_says_what_would_happen(file):
    status, out = _import(file("u1,5", "x2,6"), "--dry-run", "--json")

    facts = json.loads(out)
    assert (status, facts["status"], facts["totals"]) == (1, "discarded", {"POINT": "5"})
    assert [row["code"] for row in facts["rows"]] == ["unknown_user"]
    assert not Score.objects.exists()


def test_the_same_content_is_refused_until_told_again(file):
    path = file("u1,5")
    assert _import(path)[0] == 0

    status, out = _import(path)
    assert status == 2
    assert "same content" in out
    assert Score.objects.count() == 1
    assert _import(path, "--again")[0] == 0
    assert Score.objects.count() == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nothing", "x.csv", "--requested-by", MEMBER), "There is no import 'nothing'. There are: scores."),
        (("scores", "missing.csv", "--requested-by", MEMBER), "missing.csv: No such file or directory"),
        (("scores", "x.csv", "--requested-by", "a@b.c"), "a@b.c is not an active member of the team."),
        (("scores", "x.csv", "--requested-by", "viewer@example.com"), "does not allow this import."),
    ],
)
def test_what_cannot_be_imported_is_said_with_status_2(arguments, sentence):
    with pytest.raises(CommandError) as error:
        call_command("import_file", *arguments)

    assert sentence in str(error.value)
    assert error.value.returncode == 2
    assert not Job.objects.exists()


def test_a_report_is_written_to_a_file(tmp_path, capsys):
    Score.objects.create(user_id="u1", points=3)
    path = tmp_path / "report.csv"

    call_command("create_report", "score-report", "--output", str(path))

    assert path.read_text(encoding="utf-8-sig") == "userId,points\nu1,3\n"
    assert capsys.readouterr().out == f"1 rows in {path}\n"


def test_a_report_takes_its_options_and_refuses_others(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(types._exports, PARTICIPANTS.slug, PARTICIPANTS)
    make_participant(user_id="=00123", segments=["vip", "b"])
    path = tmp_path / "report.csv"
    arguments = ("create_report", "participants", "--output", str(path))

    call_command(*arguments, "--option", "added_from=2026-01-01", "--json")
    assert json.loads(capsys.readouterr().out)["rows"] == 1
    assert path.read_text(encoding="utf-8-sig").splitlines()[1].split(",")[1] == "'=00123"
    call_command(*arguments, "--option", "added_to=2026-01-01")
    assert capsys.readouterr().out.startswith("0 rows")
    with pytest.raises(CommandError, match="has no option 'units'"):
        call_command(*arguments, "--unit", "POINT")
    with pytest.raises(CommandError, match="added_from: Enter a valid date"):
        call_command(*arguments, "--option", "added_from=soon")


def test_progress_is_one_line():
    job = Job(phase="applying", progress_done=500, progress_total=1000)

    assert progress_line(job) == f"Applying the rows  {'█' * 15}{'░' * 15}   50%"
