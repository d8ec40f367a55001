from __future__ import annotations

import pytest

from advocate.lib.tabular import CellKind, TableError, open_table
from tests.lib.tabular.workbooks import archive

SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)
HEADER = (
    "<table:table-row><table:table-cell><text:p>userId</text:p></table:table-cell>"
    "<table:table-cell><text:p>v</text:p></table:table-cell></table:table-row>"
)


def document(*tables: str, declaration: str = ""):
    body = "".join(f'<table:table table:name="T{n}">{rows}</table:table>' for n, rows in enumerate(tables, start=1))
    content = (
        f"{declaration}<office:document-content {SPACES}><office:body>{body}</office:body></office:document-content>"
    )
    return archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": content})


def cell(content: str = "", attributes: str = "") -> str:
    return f"<table:table-cell {attributes}>{content}</table:table-cell>"


def row(*cells: str, repeat: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeat}">{"".join(cells)}</table:table-row>'


def rows_of(file):
    with open_table(file, required=["userId"]) as table:
        return list(table.rows())


def test_values_are_read_rather_than_what_is_shown():
    [found] = rows_of(
        document(
            HEADER
            + row(
                cell("<text:p>a<text:s text:c='2'/>b</text:p><text:p>c</text:p>", 'office:value-type="string"'),
                cell("<text:p>10,6</text:p>", 'office:value-type="float" office:value="10.55"'),
            )
        )
    )

    assert found.cells == ["a  b\nc", "10.55"]
    assert found.kinds == [CellKind.TEXT, CellKind.FORMATTED]


def test_repeated_blank_rows_and_cells_cost_nothing():
    blank = row(cell(attributes='table:number-columns-repeated="16384"'), repeat=1_048_570)

    [found] = rows_of(document(HEADER + blank + row(cell("<text:p>x</text:p>"))))

    assert (found.number, found.cells) == (1_048_572, ["x", ""])


def test_repeated_rows_are_repeated():
    assert len(rows_of(document(HEADER + row(cell("<text:p>x</text:p>"), repeat=3)))) == 3


def test_repeated_rows_beyond_the_limit_are_refused():
    many = document(HEADER + row(cell("<text:p>x</text:p>"), repeat=9_999_999))

    with pytest.raises(TableError) as refusal:
        rows_of(many)
    assert refusal.value.code == "too_many_rows"


def test_errors_dates_and_comments_are_told_apart():
    [found] = rows_of(
        document(
            row(cell("<text:p>notes</text:p>")),
            HEADER
            + row(
                cell(
                    "<office:annotation><text:p>h</text:p></office:annotation><text:p>#N/A</text:p>",
                    "table:formula=''",
                ),
                cell("<text:p>1.2.24</text:p>", 'office:value-type="date" office:date-value="2024-02-01"'),
            ),
        )
    )

    assert found.cells == ["#N/A", "2024-02-01"]
    assert found.kinds == [CellKind.ERROR, CellKind.DATE]


def test_a_document_type_is_refused():
    with pytest.raises(TableError) as refusal:
        rows_of(document(HEADER, declaration='<!DOCTYPE x [<!ENTITY a "b">]>'))
    assert refusal.value.code == "forbidden_markup"
