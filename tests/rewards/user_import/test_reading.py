"""What the columns of a file of users mean, and which cells are refused."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, datetime
from random import Random

import pytest
from django.core.management import call_command

from advocate.lib.tabular import Column, write_xlsx
from jobs import files
from jobs.operations import create_export
from jobs.types import export_type
from programs.models import Participant
from rewards.models import StagedUser
from team.models import Role, User
from tests.conftest import NOON
from tests.factories import make_participant, make_program, make_referral_code, make_share_link
from tests.rewards.user_import.files import ANN, AT_ONCE, applied, checked, counts, refusals, run, upload, user

pytestmark = pytest.mark.django_db

HEADER = "accountId,id,firstName,lastName,email,referable,locale,countryCode,imageUrl,dateCreated,segments"
FULL = 'a1,u1,Ana,García,ana@example.com,false,es_ES,ES,https://x.example/a.png,1767225600000,"vip, new"'


def test_every_column_comes_to_its_field():
    job = applied(f"{HEADER},customFields.size,customFields.score,referralCodes.shop", f"{FULL},XL,007,")

    ana = user("u1")
    assert counts(job) == (1, 1, 0, 0)
    assert (ana.account_id, ana.first_name, ana.last_name, ana.email) == ("a1", "Ana", "García", "ana@example.com")
    assert (ana.referable, ana.locale, ana.country_code, ana.image_url) == (
        False, "es_ES", "ES", "https://x.example/a.png",
    )  # fmt: skip
    assert ana.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert ana.segments == ["vip", "new"]
    assert ana.custom_fields == {"size": "XL", "score": "007"}


def test_a_blank_cell_leaves_what_is_there():
    make_participant(
        account_id="a1", user_id="u1", first_name="Ana", last_name="García", email="ana@example.com", segments=["vip"],
        custom_fields={"size": "XL"},
    )  # fmt: skip

    job = applied("id,accountId,firstName,lastName,email,segments,customFields.size", "u1,a1,,López,,,")

    ana = user("u1")
    assert counts(job) == (1, 1, 0, 0)
    assert (ana.first_name, ana.last_name, ana.email, ana.segments) == ("Ana", "López", "ana@example.com", ["vip"])
    assert ana.custom_fields == {"size": "XL"}


def test_the_day_on_which_somebody_was_added_is_kept_for_those_who_are_there():
    make_participant(account_id="a1", user_id="u1", created_at=NOON)

    job = applied("accountId,id,dateCreated", "a1,u1,1767225600000", "a2,u2,2026-01-31")

    assert counts(job) == (2, 1, 1, 0)
    assert user("u1").created_at == NOON
    assert user("u2").created_at.date().isoformat() in {"2026-01-30", "2026-01-31"}


def test_segments_are_added_and_removed():
    make_participant(account_id="a1", user_id="u1", segments=["old", "kept"])

    applied("accountId,id,segments", 'a1,u1,"new,~old,kept"')

    assert user("u1").segments == ["kept", "new"]


def test_a_segment_can_be_given_to_and_taken_from_all():
    make_participant(account_id="a1", user_id="u1", segments=["old"])

    applied(
        "accountId,id,segments", "a1,u1,mine", "a2,u2,old", params={"add_segment": "spring", "remove_segment": "old"}
    )

    assert (user("u1").segments, user("u2").segments) == (["mine", "spring"], ["spring"])


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("email", "nobody", "invalid_email"),
        ("email", "a b@example.com", "invalid_email"),
        ("email", f"{'a' * 250}@example.com", "text_too_long"),
        ("firstName", "x" * 256, "text_too_long"),
        ("referable", "maybe", "invalid_referable"),
        ("locale", "en-US", "invalid_locale"),
        ("locale", "???", "invalid_locale"),
        ("countryCode", "usa", "invalid_country"),
        ("imageUrl", "javascript:alert(1)", "invalid_url"),
        ("dateCreated", "yesterday", "invalid_instant"),
        ("dateCreated", "99999999999999", "invalid_instant"),
        ("dateCreated", "-1", "invalid_instant"),
        ("segments", "~~a", "invalid_segment"),
        ("segments", "x" * 101, "invalid_segment"),
        ("segments", '"' + ",".join(map(str, range(101))) + '"', "too_many_segments"),
        ("customFields.size", "x" * 2001, "text_too_long"),
        ("referralCodes.shop", "a b", "invalid_referral_code"),
        ("referralCodes.shop", "x" * 65, "invalid_referral_code"),
        ("referralCodes.nowhere", "ABC", "invalid_value"),
    ],
)
def test_a_cell_that_the_api_would_refuse_refuses_its_row(column, cell, code):
    make_program(key="shop")

    job = applied(f"accountId,id,{column}", f"a1,u1,{cell}", "a2,u2,")

    assert counts(job) == (2, 1, 0, 1)
    assert [(row, found) for row, _column, found in refusals(job)] == [(2, code)]
    assert not Participant.objects.filter(user_id="u1").exists()


@pytest.mark.parametrize(
    ("cell", "expected"), [("TRUE", True), ("yes", True), ("1", True), ("False", False), ("no", False), ("0", False)]
)
def test_referable_is_said_in_several_words(cell, expected):
    applied("accountId,id,referable", f"a1,u1,{cell}")

    assert user("u1").referable is expected


@pytest.mark.parametrize(("ids", "column"), [(",u1", "accountId"), ("a1,", "id"), ("a1,  ", "id")])
def test_half_an_identity_is_refused(ids, column):
    job = applied("accountId,id,firstName", f"{ids},Ana", "a2,u2,Bea")

    assert refusals(job) == [(2, column, "blank_user_id")]


def test_the_same_user_twice_counts_once():
    job = applied("accountId,id,firstName", "a1,u1,Ana", "a1,u2,Bea", "a1,u1,Ann", "A1,u1,Cid")

    assert refusals(job) == [(4, "id", "repeated_user")]
    assert StagedUser.objects.get(job=job, state="refused").params == {"first": 2}
    assert Participant.objects.get(account_id="a1", user_id="u1").first_name == "Ana"


def test_hostile_ids_stay_what_they_are():
    ids = ["=cmd()", "a+b@example.com", "../../etc", "<script>", "Ünï", "1e5", "00123", "'; DROP TABLE x; --", "李娜"]

    job = applied("accountId,id", *(f'"{one}","{one}"' for one in ids), "'+4412,'+4412")

    assert counts(job)[1] == len(ids) + 1
    assert set(Participant.objects.values_list("user_id", flat=True)) == {*ids, "+4412"}


def test_columns_that_nobody_knows_are_named_and_ignored():
    job = checked(
        "accountId,id,paymentProviderId,referralCode,customFields.bad name,rowNumber,message", "a1,u1,x,y,z,1,m"
    )

    assert job.detected["ignored"] == [
        "paymentProviderId",
        "referralCode",
        "customFields.bad name",
        "rowNumber",
        "message",
    ]
    assert job.warnings == [
        {"code": "ignored_columns", "params": {"columns": "paymentProviderId, referralCode, customFields.bad name"}}
    ]


@pytest.mark.parametrize(
    "header", ["accountId,firstName", "accountid,id", "accountId,id,id", "accountId,id,email,email"]
)
def test_a_file_without_ids_or_with_a_column_twice_is_refused(header):
    job = checked(header, ",".join("x" * (header.count(",") + 1)))

    assert (job.status, Participant.objects.count()) == ("failed", 0)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators_are_found(separator):
    job = applied(separator.join(["accountId", "id", "segments"]), separator.join(["a1", "u1", "a,b"]))

    assert counts(job) == (1, 1, 0, 0)
    assert user("u1").segments == ["a", "b"]


def workbook(header: list[str], *rows: tuple[str | int, ...]) -> bytes:
    out = io.BytesIO()
    kinds = {"customFields.score": "integer", "id": "integer"}
    columns = [Column(name=name, kind=kinds.get(name, "text")) for name in header]  # type: ignore[arg-type]
    write_xlsx(out, sheet_name="Users", columns=columns, rows=rows)
    return out.getvalue()


def test_a_workbook_tells_numbers_from_text():
    header = ["accountId", "id", "firstName", "customFields.score", "customFields.size"]

    job = run(upload(workbook(header, ("a1", 17, "Ana", 5, "05")), name="users.xlsx", choices=AT_ONCE))

    assert counts(job) == (1, 1, 0, 0)
    assert user("17").custom_fields == {"score": 5, "size": "05"}


@pytest.mark.django_db(transaction=True)  # the report's snapshot is a transaction of its own
def test_the_report_of_users_comes_back_without_a_change(tmp_path):
    shop = make_program(key="shop")
    ana = make_participant(
        account_id="=a1", user_id="u1", first_name="Ana", email="ana@example.com", segments=["a", "b"], locale="es_ES",
        custom_fields={
            "n": 5, "ratio": 0.25, "yes": True, "text": "00123", "words": ["b", "ä", None],
            "nested": {"width": 2, "at": {"zz": 1.5, "y": [1, {"b": "x", "a": False}]}},
        },
        created_at=NOON,
    )  # fmt: skip
    make_share_link(code=make_referral_code(participant=ana, program=shop))
    report = create_export(
        export_type=export_type("user-details"), name="Users", file_format="csv",
        params={"segments": True, "stats": True}, by=ANN, at=NOON,
    )  # fmt: skip
    run(report)

    with files.local_copy(report.result_file) as path:
        job = run(upload(path.read_bytes()))

    assert counts(job) == (1, 0, 1, 0)


@pytest.mark.django_db(transaction=True)  # the report's snapshot is a transaction of its own
def test_numbers_with_any_digits_come_back_without_a_change():
    draw = Random(7)
    drawn = [draw.choice((draw.random(), draw.uniform(-1, 1) * 2 ** draw.randint(-1000, 53))) for _ in range(90)]
    whole = [draw.randint(-(2**53), 2**53) for _ in range(90)]
    numbers = [0.1 + 0.2, 2**53 - 1, 2**53 / 3, -1e-300, 5e-324, -0.0, 1e15, *drawn, *whole]
    make_participant(
        account_id="a1", user_id="u1", custom_fields={f"n{place}": number for place, number in enumerate(numbers)}
    )
    report = create_export(
        export_type=export_type("user-details"), name="Users", file_format="csv", params={}, by=ANN, at=NOON
    )
    run(report)

    with files.local_copy(report.result_file) as path:
        job = run(upload(path.read_bytes()))

    assert counts(job) == (1, 0, 1, 0)


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [
        ('{"b":[1,true],"a":2}', True),
        ('{ "a" : 2, "b" : [1, true] }', True),
        ('{"a":2,"b":[1,1]}', False),
        ('{"a":2,"b":[true,1]}', False),
        ('{"a":2', False),
        ("[" * 2000, False),
    ],
)
def test_a_nested_field_is_compared_by_its_value(text, is_kept):
    nested = {"a": 2, "b": [1, True]}
    make_participant(account_id="a1", user_id="u1", custom_fields={"size": nested})
    quoted = text.replace('"', '""')

    applied("accountId,id,customFields.size", f'a1,u1,"{quoted}"')

    assert user("u1").custom_fields == {"size": nested if is_kept else text}


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_what_libreoffice_saves_is_read(tmp_path):
    (tmp_path / "users.csv").write_text(f"{HEADER},customFields.score\n{FULL},7\n")
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--infilter=CSV:44,34,76",
         "--convert-to", "xlsx", "--outdir", str(tmp_path), str(tmp_path / "users.csv")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    job = run(upload((tmp_path / "users.xlsx").read_bytes(), name="users.xlsx", choices=AT_ONCE))

    assert refusals(job) == []
    ana = user("u1")
    assert counts(job) == (1, 1, 0, 0)
    assert (ana.last_name, ana.referable, ana.segments) == ("García", False, ["vip", "new"])
    assert ana.created_at == datetime(2026, 1, 1, tzinfo=UTC)
    assert ana.custom_fields == {"score": 7}


def test_the_command_imports_users(tmp_path, capsys):
    User.objects.create_user("mo@example.com", "a long password", role=Role.PROGRAM_MANAGER)
    path = tmp_path / "users.csv"
    path.write_text("accountId,id,email\na1,u1,ana@example.com\na2,u2,nobody\n")

    with pytest.raises(SystemExit) as ended:
        call_command("import_file", "users", str(path), "--requested-by", "mo@example.com")

    assert ended.value.code == 1
    assert list(Participant.objects.values_list("user_id", flat=True)) == ["u1"]
