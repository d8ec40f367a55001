from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
import python_calamine
from hypothesis import given, settings
from hypothesis import strategies as st

from advocate.lib.tabular import (
    Amount,
    CellKind,
    Column,
    csv_line,
    open_table,
    unescape_formula,
    write_csv,
    write_csv_lines,
    write_xlsx,
    xlsx_writer,
)

DANGEROUS = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|cmd", "＝1", "＋1", "－1", "＠1", "'=1"),
    '=HYPERLINK("x")',
]
COLUMNS = [
    Column(name="userId", width=20),
    Column(name="valueToRedeem", kind="decimal", highlighted=True),
    Column(name="uses", kind="integer"),
    Column(name="given", kind="date"),
]
ROWS = [
    ["00123", Amount(1055, 2), 3, date(2026, 3, 14)],
    ["123456789012345678", Amount(0, 2), 0, datetime(2026, 3, 14, 12, 30)],  # noqa: DTZ001
    ["Zoë <&> “x”", Amount(1234, 0), None, None],
    [None, Amount(1234567, 3), None, None],
]


def written(columns=COLUMNS, rows=ROWS, name="Balances") -> io.BytesIO:
    out = io.BytesIO()
    write_xlsx(out, sheet_name=name, columns=columns, rows=rows)
    out.seek(0)
    return out


def test_csv_is_guarded_text_with_mark_and_crlf():
    out = io.BytesIO()

    count = write_csv(out, ["a", "b"], [["=1", -5], ['x "y"', None], ["é,", Decimal("1.50")]])

    assert count == 3
    assert out.getvalue() == '\ufeffa,b\r\n\'=1,-5\r\n"x ""y""",\r\n"é,",1.50\r\n'.encode()


def test_lines_from_elsewhere_follow_the_same_header():
    out = io.BytesIO()

    write_csv_lines(out, ["a", "b"], [csv_line(["@x", 1]), b"y,2\n"])

    assert out.getvalue() == "\ufeffa,b\r\n'@x,1\r\ny,2\n".encode()


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)


@settings(deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=8))
def test_what_is_written_as_csv_is_read_back(rows):
    kept = [[a, b] for a, b in rows if (a + b).strip()]
    out = io.BytesIO()
    write_csv(out, ["first", "second"], kept)

    with open_table(out) as table:
        found = [[unescape_formula(cell) for cell in row.cells] for row in table.rows()]

    assert found == kept


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=8))
def test_text_written_to_a_workbook_is_read_back_as_text(texts):
    file = written([Column(name="first"), Column(name="n")], [[cell, "x"] for cell in texts])

    with open_table(file) as table:
        rows = list(table.rows())

    illegal = {*map(chr, range(32)), "\ufffe", "\uffff"} - {"\t", "\n", "\r"}
    expected = ["".join(c for c in cell if c not in illegal and not "\ud800" <= c <= "\udfff") for cell in texts]
    assert [row.cells[0] for row in rows] == expected
    assert all(row.kind(0) is CellKind.TEXT for row in rows)


def test_openpyxl_reads_the_workbook():
    sheet = openpyxl.load_workbook(written()).active

    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["userId", "valueToRedeem", "uses", "given"],
        ["00123", 10.55, 3, datetime(2026, 3, 14)],  # noqa: DTZ001
        ["123456789012345678", 0, 0, datetime(2026, 3, 14, 12, 30)],  # noqa: DTZ001
        ["Zoë <&> “x”", 1234, None, None],
        [None, 1234.567, None, None],
    ]
    assert [sheet.cell(row, 2).number_format for row in (2, 4, 5)] == ["0.00", "0", "0.000"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D5"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width == 20
    assert {sheet[cell].fill.fgColor.rgb for cell in ("B1", "B2", "B4", "B5")} == {"FFFFF2CC"}
    assert sheet["A2"].fill.fill_type is None


def test_calamine_reads_the_workbook():
    sheet = python_calamine.load_workbook(written()).get_sheet_by_index(0)

    assert sheet.to_python()[1] == ["00123", 10.55, 3.0, date(2026, 3, 14)]


def test_no_cell_of_a_workbook_is_a_formula():
    sheet = openpyxl.load_workbook(written([Column(name="=1")], [[text] for text in DANGEROUS])).active

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}


def test_an_amount_that_a_number_cannot_hold_is_text():
    [row] = list(openpyxl.load_workbook(written(rows=[["a", Amount(2**63 - 1, 2)]])).active.iter_rows(min_row=2))

    assert (row[1].value, row[1].data_type) == ("92233720368547758.07", "s")


def test_rows_beyond_a_sheet_go_to_the_next_one_under_the_same_header(monkeypatch):
    monkeypatch.setattr(xlsx_writer, "LAST_ROW", 4)

    book = openpyxl.load_workbook(written([Column(name="n", kind="integer")], [[n] for n in range(7)]))

    assert book.sheetnames == ["Balances", "Balances 2", "Balances 3"]
    values = [[row[0].value for row in sheet.iter_rows()] for sheet in book.worksheets]
    assert values == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_full_sheets_do_not_bring_an_empty_one(monkeypatch):
    monkeypatch.setattr(xlsx_writer, "LAST_ROW", 4)

    assert len(openpyxl.load_workbook(written([Column(name="n")], [["x"]] * 3)).sheetnames) == 1
    assert len(openpyxl.load_workbook(written([Column(name="n")], [])).sheetnames) == 1


def test_sheet_names_fit_into_excel():
    book = openpyxl.load_workbook(written(name="'Credits [2026] " + "x" * 40))

    assert book.sheetnames == ["Credits  2026  xxxxxxxxxxxxxxxx"]


@pytest.mark.parametrize(
    ("name", "sheet"),
    [
        ("Available reward balances by user", "Available reward balances by"),
        ("Credits [2026]: a/b? and others of it", "Credits  2026   a b  and others"),
        ("按用户查看可用奖励余额", "按用户查看可用奖励余额"),
    ],
)
def test_a_sheet_name_ends_with_a_whole_word(name, sheet):
    assert openpyxl.load_workbook(written(name=name)).sheetnames == [sheet]


@pytest.mark.parametrize(
    "row", [["a", Amount(1, 2), 1, None, "more"], ["a", 1.5], ["a", Decimal("NaN")], ["a", Amount(1, 99)]]
)
def test_cells_that_do_not_fit_are_refused(row):
    with pytest.raises(ValueError):
        written(rows=[row])


def convert(source, target_format: str, folder, *options: str):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    home = f"-env:UserInstallation=file://{folder}/profile"
    command = [
        office,
        home,
        "--headless",
        *options,
        "--convert-to",
        target_format,
        "--outdir",
        str(folder / "out"),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return next((folder / "out").iterdir())


@pytest.mark.office
def test_libreoffice_reads_the_workbook_and_finds_no_formula(tmp_path):
    source = tmp_path / "report.xlsx"
    source.write_bytes(written(rows=[*ROWS, *([text, Amount(1, 2)] for text in DANGEROUS)]).getvalue())

    converted = convert(source, "ods", tmp_path)

    with converted.open("rb") as file, open_table(file, required=["userId"]) as table:
        rows = list(table.rows())
    assert table.detected.format == "ods"
    assert [row.cells for row in rows[:2]] == [
        ["00123", "10.55", "3", "2026-03-14"],
        ["123456789012345678", "0", "0", "2026-03-14T12:30:00"],
    ]
    assert len(rows) == len(ROWS) + len(DANGEROUS)
    assert CellKind.FORMULA not in {kind for row in rows for kind in row.kinds}
    assert b"table:formula" not in _content(converted)


@pytest.mark.office
def test_libreoffice_shows_guarded_csv_as_text(tmp_path):
    source = tmp_path / "report.csv"
    with source.open("wb") as out:
        write_csv(out, ["userId", "n"], [[text, 1] for text in DANGEROUS])

    converted = convert(source, "xlsx", tmp_path, "--infilter=CSV:44,34,76,1")

    assert b"<f" not in _content(converted)
    with converted.open("rb") as file, open_table(file) as table:
        found = [unescape_formula(row.cells[0]) for row in table.rows()]
    assert [text.strip() for text in found] == [text.strip() for text in DANGEROUS]


def _content(path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name == "content.xml" or "/worksheets/" in name]
        return b"".join(archive.read(name) for name in names)
