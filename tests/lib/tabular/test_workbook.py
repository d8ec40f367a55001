from __future__ import annotations

import io

import openpyxl
import pytest

from advocate.lib.tabular import CellKind, TableError, TableLimits, number_cell, open_table, text_cell
from advocate.lib.tabular.errors import (
    DateInsteadOfNumber,
    DateInsteadOfText,
    ErrorCell,
    FormulaWithoutValue,
    NumberTooLong,
)
from tests.lib.tabular.workbooks import MAIN, STRICT, archive, number, row, sheet, text, workbook

HEADER = row(1, text("A1", "userId"), text("B1", "valueToRedeem"))
GOOD = HEADER + row(2, text("A2", "ann"), number("B2", "10.55"))


def read(file, **how):
    with open_table(file, **how) as table:
        return table.header, [(found.number, found.cells) for found in table.rows()]


def refusal_of(file, **how) -> TableError:
    with pytest.raises(TableError) as refusal, open_table(file, **how) as table:
        list(table.rows())
    assert str(refusal.value)
    return refusal.value


def only_row(*cells: str):
    with open_table(workbook(sheet(HEADER + row(2, *cells)))) as table:
        [found] = table.rows()
    return found


def test_text_and_numbers_are_read():
    assert read(workbook(sheet(GOOD))) == (["userId", "valueToRedeem"], [(2, ["ann", "10.55"])])


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("0.28999999999999998", "0.29"),
        ("4.3499999999999996", "4.35"),
        ("10", "10"),
        ("10.0", "10"),
        ("1E3", "1000"),
        ("1.5E-7", "0.00000015"),
        ("-0", "0"),
        ("123456789012345", "123456789012345"),
        ("1.2345678901234568E+17", "123456789012345680"),
    ],
)
def test_a_number_comes_in_its_shortest_form(stored, shown):
    found = only_row(number("B2", stored))

    assert found.cells == ["", shown]
    assert found.kind(1) is CellKind.NUMBER


def test_a_number_of_more_digits_than_spreadsheets_keep_is_no_id():
    assert text_cell(only_row(number("A2", "123456789012345")), 0, column="userId") == "123456789012345"

    for lost in ("1234567890123456", "123456789012345678", "1E17"):
        with pytest.raises(NumberTooLong):
            text_cell(only_row(number("A2", lost)), 0, column="userId")


def test_a_formula_without_its_result_is_flagged_and_with_it_read():
    lost = only_row('<c r="A2"><f>1+1</f></c>', '<c r="B2"><f t="shared" si="0"/></c>')
    kept = only_row('<c r="A2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>', '<c r="B2"><f>1+1</f><v>2</v></c>')

    with pytest.raises(FormulaWithoutValue):
        text_cell(lost, 0, column="userId")
    with pytest.raises(FormulaWithoutValue):
        number_cell(lost, 1, column="valueToRedeem")
    assert kept.cells == ["ab", "2"]


def test_error_and_date_cells_are_neither_ids_nor_numbers():
    wrong = only_row('<c r="A2" t="e"><v>#N/A</v></c>', number("B2", "45000", ' s="1"'))

    with pytest.raises(ErrorCell, match="#N/A"):
        text_cell(wrong, 0, column="userId")
    with pytest.raises(DateInsteadOfNumber, match="2023-03-15"):
        number_cell(wrong, 1, column="valueToRedeem")
    with pytest.raises(DateInsteadOfText):
        text_cell(wrong, 1, column="userId")


@pytest.mark.parametrize(
    ("stored", "style", "contents", "shown"),
    [
        ("45000", 1, "", "2023-03-15"),
        ("45000.5", 2, "", "2023-03-15T12:00:00"),
        ("0.25", 2, "", "06:00:00"),
        ("1", 1, "", "1900-01-01"),
        ("43538", 1, '<workbookPr date1904="1"/>', "2023-03-15"),
    ],
)
def test_dates_are_written_as_iso_8601(stored, style, contents, shown):
    cells = HEADER + row(2, number("A2", stored, f' s="{style}"'))

    assert read(workbook(sheet(cells), contents=contents))[1] == [(2, [shown, ""])]


def test_the_first_sheet_with_the_required_columns_is_read():
    notes = sheet(row(1, text("A1", "Please fill in")))

    with open_table(workbook(notes, ("chartsheet", "<chartsheet/>"), sheet(GOOD)), required=["userId"]) as table:
        assert table.detected.sheet == "S3"
        assert table.detected.sheets == ("S1", "S3")
        assert len(list(table.rows())) == 1


def test_another_sheet_can_be_chosen():
    two = workbook(sheet(GOOD), sheet(row(1, text("A1", "other")) + row(2, text("A2", "x"))))

    assert read(two, sheet="S2") == (["other"], [(2, ["x"])])
    assert refusal_of(two, sheet="S9").code == "unknown_sheet"


def test_rows_beyond_an_understated_dimension_are_read():
    rows = GOOD + row(3, text("A3", "bob"))

    assert len(read(workbook(sheet(rows, before='<dimension ref="A1:B1"/>')))[1]) == 2


def test_blank_rows_are_skipped_and_rows_keep_their_numbers():
    blank = '<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" t="inlineStr"><is><t> </t></is></c></row><row r="{m}"/>'
    rows = blank.format(n=1, m=2) + GOOD.replace('r="1"', 'r="3"').replace('r="2"', 'r="7"') + blank.format(n=8, m=9)

    assert read(workbook(sheet(rows))) == (["userId", "valueToRedeem"], [(7, ["ann", "10.55"])])


def test_a_million_blank_formatted_rows_are_ignored():
    blank = "".join(f'<row r="{n}" ht="15" customHeight="1"/>' for n in range(3, 1_048_577))

    assert len(read(workbook(sheet(GOOD + blank)))[1]) == 1


def test_cells_and_rows_without_references_are_counted():
    rows = "<row><c t='inlineStr'><is><t>a</t></is></c></row><row/><row><c><v>1</v></c><c><v>2</v></c></row>"

    with open_table(workbook(sheet(rows))) as table:
        [found] = table.rows()
    assert (table.header, found.number, found.cells) == (["a"], 3, ["1"])
    assert found.error is not None
    assert found.error.code == "too_many_cells"


def test_shared_rich_and_escaped_text_is_read():
    shared = (
        f'<sst xmlns="{MAIN}"><si><t>userId</t></si><si><r><rPr/><t>A</t></r><r><t xml:space="preserve"> &amp; B'
        "</t></r><rPh><t>hint</t></rPh></si><si><t>_x0041_x_x005F_x0042_</t></si><si><t/></si></sst>"
    )
    cells = "".join(row(n, f'<c r="A{n}" t="s"><v>{n - 1}</v></c>') for n in (1, 2, 3, 4))

    assert read(workbook(sheet(cells), shared=shared)) == (["userId"], [(2, ["A & B"]), (3, ["Ax_x0042_"])])


def test_a_reference_to_no_shared_text_is_damage():
    missing = sheet(HEADER + row(2, '<c r="A2" t="s"><v>0</v></c>'))

    assert refusal_of(workbook(missing)).code == "damaged_workbook"


@pytest.mark.parametrize(
    "markup",
    [
        sheet(GOOD, namespace=STRICT),
        sheet(GOOD).replace('"', "'"),
        sheet(GOOD).replace("<row", "<!-- row --><row"),
        sheet(GOOD).replace("ann", "<![CDATA[ann]]>"),
        sheet(GOOD).replace("<t>ann</t>", "<r><t>a</t></r><r><t>nn</t></r>"),
        sheet(GOOD).replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
        '<?xml version="1.0" encoding="UTF-16"?>' + sheet(GOOD),
        "\ufeff" + sheet(GOOD).replace("><", ">\r\n<"),
        sheet(GOOD, after="<rowBreaks/><extLst/>"),
    ],
)
def test_unusual_markup_is_read_like_the_usual(markup):
    content = markup.encode("utf-16" if "UTF-16" in markup else "utf-8")

    assert read(workbook(content))[1] == [(2, ["ann", "10.55"])]


def test_unusual_markup_far_down_neither_repeats_nor_loses_rows():
    rows = "".join(row(n, text(f"A{n}", f"u{n}")) for n in range(2, 20_000))
    late = row(20_000, "<!-- late -->", text("A20000", "last"))

    found = read(workbook(sheet(HEADER + rows + late)))[1]

    assert [number for number, _cells in found] == list(range(2, 20_001))


@pytest.mark.parametrize(
    "markup",
    [
        sheet(GOOD)[:-20],
        sheet(GOOD + "</row>"),
        sheet(GOOD.replace("ann", "a&nn")),
        sheet(GOOD.replace("ann", "&undeclared;")),
        sheet(GOOD.replace("ann", "\x01")),
        sheet(GOOD.replace("A2", "XFE2")),
        "",
        "not markup",
    ],
)
def test_broken_markup_is_refused(markup):
    assert refusal_of(workbook(markup or " ")).code == "damaged_workbook"


@pytest.mark.parametrize(
    "declaration",
    [
        '<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE worksheet [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE worksheet SYSTEM "http://127.0.0.1/x.dtd">',
    ],
)
@pytest.mark.parametrize("part", ["sheet", "shared", "styles"])
def test_document_types_are_refused_wherever_they_stand(declaration, part):
    parts = {"sheet": sheet(GOOD), "shared": f'<sst xmlns="{MAIN}"/>', "styles": f'<styleSheet xmlns="{MAIN}"/>'}
    parts[part] = declaration + parts[part]

    refused = refusal_of(workbook(parts["sheet"], shared=parts["shared"], styles=parts["styles"]))

    assert refused.code == "forbidden_markup"


@pytest.mark.parametrize("part", ["xl/sheets/s1.xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"])
def test_a_workbook_without_one_of_its_parts_is_damaged(part):
    assert refusal_of(workbook(sheet(GOOD), leave_out=part)).code in {"damaged_workbook", "unsupported_file"}


def test_a_workbook_without_cells_says_so():
    assert refusal_of(workbook(sheet(""))).code == "no_sheet"
    assert refusal_of(workbook(sheet("").replace("<sheetData></sheetData>", "<sheetData/>"))).code == "no_sheet"


def test_a_far_cell_costs_nothing():
    far = row(1_048_576, text("XFD1048576", "far"))

    with open_table(workbook(sheet(GOOD + far))) as table:
        rows = list(table.rows())
    assert rows[1].error is not None
    assert refusal_of(workbook(sheet(far))).code == "too_many_columns"


def test_limits_are_named():
    many = workbook(sheet(HEADER + "".join(row(n, text(f"A{n}", "x")) for n in range(2, 12))))
    long = workbook(sheet(HEADER + row(2, text("A2", "x" * 101))))
    shared = workbook(sheet(GOOD), shared=f'<sst xmlns="{MAIN}"><si><t>{"x" * 101}</t></si></sst>')
    bomb = workbook(sheet(GOOD + row(3, text("A3", "x" * 5_000_000))))

    assert refusal_of(many, limits=TableLimits(rows=9)).params["limit"] == 9
    assert refusal_of(many, limits=TableLimits(columns=1)).code == "too_many_columns"
    assert refusal_of(many, limits=TableLimits(parts=3)).code == "too_many_parts"
    assert refusal_of(many, limits=TableLimits(file_bytes=500)).code == "file_too_large"
    assert refusal_of(many, limits=TableLimits(unpacked_bytes=1000)).code == "unpacked_too_large"
    assert refusal_of(long, limits=TableLimits(cell_length=100)).code == "cell_too_long"
    assert refusal_of(shared, limits=TableLimits(cell_length=100)).code == "cell_too_long"
    assert refusal_of(bomb).code == "suspicious_compression"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"word/document.xml": "<x/>"}, "Word"),
        ({"ppt/presentation.xml": "<x/>"}, "PowerPoint"),
        ({"a.csv": "a,b"}, "ZIP archive"),
        ({"Index/Document.iwa": "x"}, "Numbers"),
        ({"xl/workbook.bin": "x"}, ".xlsb"),
        ({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"}, "OpenDocument"),
    ],
)
def test_other_archives_are_refused_by_name(parts, said):
    assert said in str(refusal_of(archive(parts)))


def test_a_truncated_workbook_is_refused():
    whole = workbook(sheet(GOOD)).getvalue()

    for length in range(4, len(whole), 97):
        assert refusal_of(io.BytesIO(whole[:length])).code in {"damaged_workbook", "unsupported_file"}


def test_a_workbook_of_openpyxl_is_read():
    book = openpyxl.Workbook()
    book.active.append(["userId", "on", "flag", "total"])
    book.active.append(["00123", True, 10.5, "=1+1"])
    file = io.BytesIO()
    book.save(file)

    with open_table(file) as table:
        [found] = table.rows()
    assert found.cells == ["00123", "TRUE", "10.5", ""]
    assert found.kinds == [CellKind.TEXT, CellKind.LOGICAL, CellKind.NUMBER, CellKind.FORMULA]
