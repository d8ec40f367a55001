from __future__ import annotations

import io

import pytest

from advocate.lib.tabular import ENCODINGS, TableError, TableLimits, open_table
from advocate.lib.tabular.errors import TooManyRows


def read(content: str | bytes, **how):
    raw = content.encode() if isinstance(content, str) else content
    with open_table(io.BytesIO(raw), **how) as table:
        return table.detected, table.header, list(table.rows())


def cells_of(content: str | bytes, **how) -> list[list[str]]:
    _detected, header, rows = read(content, **how)
    return [header, *(row.cells for row in rows)]


def refusal_of(content: str | bytes, **how) -> TableError:
    with pytest.raises(TableError) as refusal:
        read(content, **how)
    assert str(refusal.value)
    return refusal.value


CHINESE = "姓名,金额\n张三,5\n李四,6\n"
GERMAN = "Name;Betrag\nJürgen Groß;1,5\nJosé;2\n"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (CHINESE.encode(), "utf-8"),
        (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.encode("gbk"), "gb18030"),
        (CHINESE.encode("utf-16"), "utf-16"),
        (("a,b\n" * 3000 + "张,三\n").encode("gbk"), "gb18030"),
        (GERMAN.encode("cp1252"), "cp1252"),
        (GERMAN.encode("utf-16-le"), "utf-16-le"),
        (GERMAN.encode("utf-16-be"), "utf-16-be"),
        (GERMAN.encode("utf-32"), "utf-32"),
        ("Имя,Сумма\nПривет Мир,5\nСергей Иванов,6\n".encode("cp1251"), "cp1251"),
    ],
)
def test_the_encoding_is_found(content, encoding):
    detected, header, _rows = read(content)

    assert detected.encoding == encoding
    assert header == content.decode("utf-8-sig" if encoding == "utf-8" else encoding).split("\n")[0].replace(
        ";", ","
    ).split(",")


def test_a_chosen_encoding_wins_and_must_fit():
    assert cells_of(GERMAN.encode("cp1250"), encoding="cp1250")[1][0] == "Jürgen Groß"

    refused = refusal_of("a,b\nx,\xfc\n".encode("cp1252"), encoding="utf-8")
    assert (refused.code, refused.params["line"]) == ("undecodable_text", 2)
    assert refusal_of(CHINESE, encoding="rot13").code == "unknown_encoding"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_on_offer_works(encoding):
    assert cells_of("a,b\n1,2\n".encode(encoding), encoding=encoding) == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize(
    ("content", "separator", "header"),
    [
        ("a,b\n1,2", ",", ["a", "b"]),
        ("a;b\n1,5;2,5", ";", ["a", "b"]),
        ("a\tb,c\n1\t2", "\t", ["a", "b,c"]),
        ('"a;b;c",d\n1,2', ",", ["a;b;c", "d"]),
        ("code\nA1\nB2", ",", ["code"]),
        ("sep=;\r\na;b\r\n1;2", ";", ["a", "b"]),
        ("\n\n  \na;b\n1;2", ";", ["a", "b"]),
    ],
)
def test_the_separator_is_found_in_the_header(content, separator, header):
    detected, found, _rows = read(content)

    assert (detected.separator, found) == (separator, header)
    assert detected.allows_decimal_comma == (separator != ",")


def test_the_separator_that_gives_the_required_columns_is_taken():
    detected, header, _rows = read("a,1,2,3;b\nx;y", required=["b"])

    assert (detected.separator, header) == (";", ["a,1,2,3", "b"])


def test_a_chosen_separator_wins():
    assert cells_of("a,b;c\n1,2;3", separator=";") == [["a,b", "c"], ["1,2", "3"]]
    assert refusal_of("a|b", separator="|").code == "unknown_separator"


def test_rows_keep_the_numbers_that_a_spreadsheet_and_an_editor_show():
    _detected, _header, rows = read('\na,b\n\n"x\ny",1\n , \nz,2\n')

    assert [(row.number, row.line, row.cells) for row in rows] == [(4, 4, ["x\ny", "1"]), (6, 7, ["z", "2"])]


def test_short_rows_are_filled_up_and_long_ones_are_the_rows_fault():
    _detected, _header, rows = read("a,b\n1\n1,2,,\n1,2,3\n4,5\n")

    assert [row.cells for row in rows] == [["1", ""], ["1", "2"], ["1", "2"], ["4", "5"]]
    assert [row.error and row.error.code for row in rows] == [None, None, "too_many_cells", None]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_all_line_endings_are_read(ending):
    assert cells_of(ending.join(["a,b", "1,2", "3,4"])) == [["a", "b"], ["1", "2"], ["3", "4"]]


@pytest.mark.parametrize(
    ("content", "line"),
    [('a,b\n1,2\n"x,3\n4,5\n', 3), ('a,b\n"x"y,1\n', 2), ('a,b\n1,"2\n3,"4\n', 2)],
)
def test_quotation_marks_that_do_not_match_never_swallow_rows(content, line):
    refused = refusal_of(content)

    assert (refused.code, refused.params["line"]) == ("unclosed_quote", line)


def test_a_nul_is_refused_with_its_line():
    refused = refusal_of("a,b\n" + "1,2\n" * 20 + "x\0,1\n")

    assert (refused.code, refused.params["line"]) == ("binary_content", 22)


def test_long_cells_are_read_up_to_the_limit():
    assert cells_of(f"a,b\n{'x' * 131_073},1\n")[1][0] == "x" * 131_073
    assert refusal_of(f"a,b\n{'x' * 101},1\n", limits=TableLimits(cell_length=100)).code == "cell_too_long"
    assert refusal_of(f'a,b\n"{"x" * 1_100_000}').code == "cell_too_long"


def test_limits_are_named():
    content = "a,b\n" + "1,2\n" * 10

    assert refusal_of(content, limits=TableLimits(rows=9)).params["limit"] == 9
    assert refusal_of(content, limits=TableLimits(columns=1)).params["limit"] == 1
    assert refusal_of(content, limits=TableLimits(file_bytes=20)).code == "file_too_large"
    assert refusal_of(content, limits=TableLimits(row_length=3)).code == "row_too_long"
    assert len(cells_of(content, limits=TableLimits(rows=10))) == 11


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_too_many_rows_are_refused_before_the_first_one_is_read(end, encoding):
    content = end.join(["a,b", *["1,2"] * 10, ""]).encode(encoding)

    with (
        pytest.raises(TooManyRows, match="more than 9 rows"),
        open_table(io.BytesIO(content), limits=TableLimits(rows=9)),
    ):
        pytest.fail("the file was opened")


def test_line_ends_inside_cells_and_blank_lines_are_no_rows():
    content = "a,b\n\n" + '"1\n1\n1",2\n\n' * 3

    assert len(cells_of(content, limits=TableLimits(rows=3))) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b"\xef\xbb\xbf<table><tr>", "HTML"),
        (b'<?xml version="1.0"?><Workbook/>', "XML"),
        (b'{"a": 1}', "JSON"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"), ".xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le"), "Word"),
        (b"", "empty"),
        (b"\n\n  \r\n", "empty"),
    ],
)
def test_what_is_no_table_is_refused_by_name(content, said):
    assert said in str(refusal_of(content))


def test_headers_lose_spaces_and_marks_around_them():
    assert cells_of("\ufeff\ufeff a , b\u200b\n1,2")[0] == ["a", "b"]
