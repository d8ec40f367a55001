from __future__ import annotations

import csv
import io
import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advocate.lib.tabular import (
    Column,
    Detected,
    SingleColumn,
    TableError,
    TableLimits,
    code_cell,
    delimited,
    open_column,
    write_xlsx,
)

CODES = SingleColumn("code", ("codes", "promo code", "优惠码"))
TEXT = "ABC-1\nabc_2\n\n00123\n1E5\n2026-01-05\nTRUE\n"


def _read(content: bytes | str, **choices):
    """Return what was found out about a file, and its rows by number, with the code of the error for a bad cell."""
    raw = content.encode() if isinstance(content, str) else content
    with open_column(io.BytesIO(raw), column=CODES, **choices) as table:
        return table.detected, [(row.number, _cell(row)) for row in table.rows()]


def _cell(row) -> str:
    try:
        if row.error is not None:
            raise row.error
        return code_cell(row, 0, column="code")
    except TableError as error:
        return f"! {error.code}"


def test_text_is_taken_as_it_is_under_the_row_numbers_of_a_spreadsheet():
    detected, rows = _read(TEXT)

    assert (detected.header, detected.first) == ("none", "ABC-1")
    assert rows == [(1, "ABC-1"), (2, "abc_2"), (4, "00123"), (5, "1E5"), (6, "2026-01-05"), (7, "TRUE")]


@pytest.mark.parametrize("header", ["code", "Codes", "PROMO_CODE", "promo-code", "优惠码", "\ufeffcode "])
def test_a_first_row_that_names_the_column_is_a_header(header):
    detected, rows = _read(f"{header}\nABC\n")

    assert (detected.header, rows) == ("found", [(2, "ABC")])


def test_what_a_person_says_of_the_first_row_counts():
    assert _read("code\nABC\n", has_header=False)[1] == [(1, "code"), (2, "ABC")]
    assert _read("Gutschein\nABC\n", has_header=True)[1] == [(2, "ABC")]


@pytest.mark.parametrize("text", ["ABC,1\nDEF,2\n", "ABC\nDEF\nGHI,x\n", "A\tB\n", "A;B\n", "x,,\n,y,\n"])
def test_a_file_with_something_in_several_columns_is_refused(text):
    with pytest.raises(TableError) as refused:
        _read(text)

    assert refused.value.code == "several_columns"
    assert "in more than one column" in str(refused.value)


def test_blank_columns_beside_the_codes_do_not_matter():
    assert _read(",ABC,\n,DEF,\n")[1] == [(1, "ABC"), (2, "DEF")]


def test_the_named_column_is_taken_from_among_others():
    detected, rows = _read("name,code,note\nAnn,ABC,x\nBob,DEF,\n")

    assert (detected.header, rows) == ("found", [(2, "ABC"), (3, "DEF")])


def test_a_cell_beyond_the_header_refuses_the_row():
    assert _read("code\nABC\nDEF,GHI\n")[1] == [(2, "ABC"), (3, "! too_many_cells")]


def test_two_columns_of_codes_are_refused():
    with pytest.raises(TableError) as refused:
        _read("codes,promo code\nA,B\n")

    assert refused.value.code == "repeated_column"


def test_more_rows_than_the_limit_are_refused():
    with pytest.raises(TableError) as refused:
        _read("A\nB\nC\nD\n", limits=TableLimits(rows=3))

    assert refused.value.code == "too_many_rows"


def test_a_workbook_of_ours_is_read():
    out = io.BytesIO()
    write_xlsx(out, sheet_name="Codes", columns=[Column(name="code")], rows=[["ABC"], ["00123"]])

    detected, rows = _read(out.getvalue())

    assert (detected.format, detected.header, rows) == ("xlsx", "found", [(2, "ABC"), (3, "00123")])


TYPED = "ABC-1\n00123\n1E5\n2026-01-05\nTRUE\n12345\n1.5\n1234567890123456\n"
MANGLED = {
    1: "ABC-1",
    3: "! number_instead_of_text",
    4: "! date_instead_of_text",
    5: "! logical_instead_of_text",
    6: "12345",
    7: "! number_instead_of_text",
    8: "! number_too_long",
}


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_what_libreoffice_makes_of_typed_codes_is_taken_or_refused_and_never_guessed(kind, tmp_path):
    (tmp_path / "codes.csv").write_text(TYPED)
    # As typed into cells of the standard format: the filter's 7th token has special numbers (1E5, TRUE) recognised.
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", kind,
         "--infilter=Text - txt - csv (StarCalc):44,34,76,1,,1033,false,true", "codes.csv"],
        cwd=tmp_path, check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    found = dict(_read((tmp_path / f"codes.{kind}").read_bytes())[1])

    assert {row: found[row] for row in MANGLED} == MANGLED
    assert found[2] in {"123", "! number_instead_of_text"}  # what was typed as 00123 is kept as 123


@pytest.mark.office
@pytest.mark.skipif(not shutil.which("ssconvert"), reason="Gnumeric is not installed")
@pytest.mark.parametrize("kind", ["ods", "xlsx"])
def test_what_gnumeric_makes_of_typed_codes_is_taken_or_refused_and_never_guessed(kind, tmp_path):
    (tmp_path / "codes.csv").write_text(TYPED)
    subprocess.run(["ssconvert", "codes.csv", f"codes.{kind}"], cwd=tmp_path, check=True, capture_output=True)

    found = dict(_read((tmp_path / f"codes.{kind}").read_bytes())[1])

    assert found[1] == "ABC-1"
    assert found[6] == "12345"
    assert found[3] == "100000"  # nothing in Gnumeric's files tells that 1E5 was typed
    assert {row: found[row] for row in (4, 5, 7)} == {row: MANGLED[row] for row in (4, 5, 7)}
    assert found[8] in {"! number_too_long", "! number_instead_of_text"}


LINES = st.lists(st.text("ABCxyz019-_", min_size=1, max_size=64), min_size=1, max_size=30)


@given(lines=LINES, blank=st.integers(0, 3), end=st.sampled_from(["\n", "\r\n"]), mark=st.booleans())
def test_every_line_of_a_text_is_one_row(lines, blank, end, mark):
    text = ("\ufeff" if mark else "") + end * blank + end.join(lines) + end

    _detected, rows = _read(text, has_header=False)

    assert rows == [(blank + number, line) for number, line in enumerate(lines, start=1)]


TEXTS = st.lists(st.sampled_from(["ABC", "d", " ", ",", '"', '""', "\n", "\r\n", "\r", "x,y", '"a\nb"']), max_size=40)


@pytest.fixture
def small_blocks(monkeypatch):
    """Have text read in blocks so small that most lines lie in two."""
    monkeypatch.setattr(delimited, "READ_AHEAD", 5)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(pieces=TEXTS)
def test_plain_lines_are_read_as_csv_reads_them(small_blocks, pieces):
    text = "x\n" + "".join(pieces)
    file = io.BytesIO(text.encode())
    found = delimited.Delimited(file, TableLimits(), Detected(format="csv", encoding="utf-8", separator=","), 0)

    assert _outcome(lambda: [(row.number, row.line, row.cells) for row in found.rows()]) == _outcome(
        lambda: list(_as_csv_reads(text))
    )


def _as_csv_reads(text):
    lines = io.StringIO(text, newline="").readlines()
    reader = csv.reader(iter(lines), strict=True)
    begin = 1
    for number, cells in enumerate(reader, start=1):
        if "".join(cells).strip():
            yield number, begin, cells
        begin = reader.line_num + 1


def _outcome(read):
    try:
        return read()
    except (TableError, csv.Error):
        return "refused"
