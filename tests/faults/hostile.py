"""Files as people really send them, and as nobody should: what an import of balances is to make of each."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

from tests.lib.tabular.workbooks import MAIN, archive, number, row, sheet, text, workbook

HEADER = ("accountId", "userId", "unit", "valueToRedeem")
HEAD = ",".join(HEADER)
# The one balance that there is: 30.00 CASH/USD.
PAID = "acme,ada,CASH/USD,5"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why the file is refused whole, or its rows: how many, how many good ones, and why the others are refused."""

    refused: str = ""
    rows: int = 0
    good: int = 0
    reasons: tuple[str, ...] = ()


def refused(code: str) -> Outcome:
    return Outcome(refused=code)


def read(rows: int = 1, good: int = 1, *reasons: str) -> Outcome:
    return Outcome(rows=rows, good=good, reasons=reasons)


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file by the name that its owner gave it."""

    what: str
    name: str
    make: Callable[[], bytes]
    outcome: Outcome


def _text(*lines: str, encoding: str = "utf-8") -> Callable[[], bytes]:
    return lambda: "\n".join(lines).encode(encoding)


def _bytes(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _head(at: int = 1) -> str:
    return row(at, *(text(f"{column}{at}", name) for column, name in zip("ABCD", HEADER, strict=True)))


def _line(at: int, value: str, *, user: str = "ada") -> str:
    return row(at, text(f"A{at}", "acme"), text(f"B{at}", user), text(f"C{at}", "CASH/USD"), value)


GOOD = _head() + _line(2, number("D2", "5"))


def _book(*sheets: str, **options: str) -> Callable[[], bytes]:
    return lambda: workbook(*sheets, **options).getvalue()


def _with_parts(content: bytes, parts: dict[str, bytes]) -> bytes:
    out = BytesIO(content)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as packed:
        for path, part in parts.items():
            packed.writestr(path, part)
    return out.getvalue()


def _declaring(declaration: str, value: str) -> Callable[[], bytes]:
    return _book(declaration + sheet(_head() + _line(2, text("D2", value))))


def _laughs() -> str:
    nested = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE w [<!ENTITY l0 "ha">{nested}]>'


def _repeated(piece: str, times: int) -> Callable[[], bytes]:
    """Return a workbook whose sheet repeats a piece so often that it unpacks to hundreds of times its size."""

    def make() -> bytes:
        shell = workbook(sheet(GOOD)).getvalue()
        out = BytesIO()
        with zipfile.ZipFile(BytesIO(shell)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                if name != "xl/sheets/s1.xml":
                    target.writestr(name, source.read(name))
            with target.open("xl/sheets/s1.xml", "w", force_zip64=True) as part:
                part.write(f'<worksheet xmlns="{MAIN}"><sheetData>{GOOD}'.encode())
                for _block in range(times // 1000):
                    part.write((piece * 1000).encode())
                part.write(b"</sheetData></worksheet>")
        return out.getvalue()

    return make


def _formatted_rows() -> bytes:
    """Return a workbook with a million rows under the data that hold a format and no value, each told by number."""
    blank = "".join(f'<row r="{at}" s="1" customFormat="1"/>' for at in range(3, 1_048_577))
    return workbook(sheet(GOOD + blank)).getvalue()


def _long_row() -> bytes:
    return (HEAD + "\n" + "x" * 40_000_000).encode()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SMALL = (
    Hostile("good", "paid.csv", _text(HEAD, PAID), read()),
    Hostile(
        "row longer than the header",
        "paid.csv",
        _text(HEAD, PAID + ",6", "acme,bob,CASH/USD,0"),
        read(2, 0, "too_many_cells"),
    ),
    Hostile("row shorter than the header", "paid.csv", _text(HEAD, PAID, "acme,bob"), read(2, 1)),
    Hostile("only blank lines", "paid.csv", _text("", " ", ""), refused("empty_file")),
    Hostile("only a byte order mark", "paid.csv", _bytes(b"\xef\xbb\xbf"), refused("empty_file")),
    Hostile("header only", "paid.csv", _text(HEAD, ""), refused("no_rows")),
    Hostile("no header", "paid.csv", _text(PAID, PAID), refused("missing_column")),
    Hostile("column twice", "paid.csv", _text(HEAD + ",valueToRedeem", PAID + ",6"), refused("repeated_column")),
    Hostile(
        "column misspelled",
        "paid.csv",
        _text("accountId,userId,unit,ValueToRedeem ", PAID),
        refused("misspelled_column"),
    ),
    Hostile("blank lines first", "paid.csv", _text("", ",,,", HEAD, PAID), read()),
    Hostile(
        "quoted newlines", "paid.csv", _text(HEAD + ",note", f'{PAID},"one\ntwo"', "acme,bob,CASH/USD,0,"), read(2, 1)
    ),
    Hostile(
        "quote never closed", "paid.csv", _text(HEAD + ",note", f'{PAID},"one', PAID, PAID), refused("unclosed_quote")
    ),
    Hostile("NUL", "paid.csv", _text(HEAD, "acme,a\0da,CASH/USD,5"), refused("binary_content")),
    Hostile("a cell of 131,073 characters", "paid.csv", _text(HEAD + ",note", f"{PAID},{'x' * 131_073}"), read()),
    Hostile(
        "a value of 5,000 digits",
        "paid.csv",
        _text(HEAD, f"acme,ada,CASH/USD,{'9' * 5000}"),
        read(1, 0, "amount_too_long"),
    ),
    Hostile(
        "semicolons and decimal commas", "paid.csv", _text(HEAD.replace(",", ";"), "acme;ada;CASH/USD;5,00"), read()
    ),
    Hostile("UTF-16", "paid.csv", _text(HEAD, PAID, encoding="utf-16"), read()),
    Hostile("GBK", "paid.csv", _text(HEAD + ",firstName", PAID + ",小明李华", encoding="gbk"), read()),
    Hostile(
        "a web page named .xls",
        "paid.xls",
        _bytes(b"<html><body><table></table></body></html>"),
        refused("unsupported_file"),
    ),
    Hostile(
        "a PDF named .csv", "paid.csv", _bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"), refused("unsupported_file")
    ),
    Hostile(
        "a picture named .xlsx", "paid.xlsx", _bytes(b"\x89PNG\r\n\x1a\n" + bytes(64)), refused("unsupported_file")
    ),
    Hostile(
        "a Word document named .xlsx",
        "paid.xlsx",
        lambda: archive({"word/document.xml": "<x/>"}).getvalue(),
        refused("unsupported_file"),
    ),
    Hostile(
        "photos in a ZIP named .xlsx",
        "paid.xlsx",
        lambda: archive({"a.jpg": "x"}).getvalue(),
        refused("unsupported_file"),
    ),
    Hostile("JSON named .csv", "paid.csv", _bytes(b'{"accountId": "acme"}'), refused("unsupported_file")),
    Hostile("a workbook named .csv", "paid.csv", _book(sheet(GOOD)), read()),
    Hostile("an older workbook", "paid.xls", _bytes(OLE + bytes(2000)), refused("old_workbook")),
    Hostile(
        "half a workbook", "paid.xlsx", lambda: workbook(sheet(GOOD)).getvalue()[:900], refused("damaged_workbook")
    ),
    Hostile("an empty sheet", "paid.xlsx", _book(sheet("")), refused("no_sheet")),
    Hostile(
        "macros", "paid.xlsm", lambda: _with_parts(workbook(sheet(GOOD)).getvalue(), {"xl/vbaProject.bin": OLE}), read()
    ),
    Hostile("notes on a sheet in front", "paid.xlsx", _book(sheet(row(1, text("A1", "Notes"))), sheet(GOOD)), read()),
    Hostile(
        "an understated size",
        "paid.xlsx",
        _book(sheet(GOOD + _line(3, number("D3", "0"), user="bob"), before='<dimension ref="A1:D2"/>')),
        read(2, 1),
    ),
    Hostile(
        "a formula with its result",
        "paid.xlsx",
        _book(sheet(_head() + _line(2, '<c r="D2"><f>2+3</f><v>5</v></c>'))),
        read(),
    ),
    Hostile(
        "a formula without its result",
        "paid.xlsx",
        _book(sheet(_head() + _line(2, '<c r="D2"><f>2+3</f></c>'))),
        read(1, 0, "formula_without_value"),
    ),
    Hostile(
        "a formula's error",
        "paid.xlsx",
        _book(sheet(_head() + _line(2, '<c r="D2" t="e"><f>A0</f><v>#REF!</v></c>'))),
        read(1, 0, "error_cell"),
    ),
    Hostile(
        "a value made a date",
        "paid.xlsx",
        _book(sheet(_head() + _line(2, number("D2", "45000", ' s="1"')))),
        read(1, 0, "date_instead_of_number"),
    ),
    Hostile(
        "an id of 18 digits made a number",
        "paid.xlsx",
        _book(
            sheet(
                _head()
                + row(
                    2,
                    text("A2", "acme"),
                    number("B2", "1.23456789012345E+17"),
                    text("C2", "CASH/USD"),
                    number("D2", "5"),
                )
            )
        ),
        read(1, 0, "number_too_long"),
    ),
    Hostile("an entity bomb", "paid.xlsx", _declaring(_laughs(), "&l9;"), refused("forbidden_markup")),
    Hostile(
        "an external entity",
        "paid.xlsx",
        _declaring('<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        refused("forbidden_markup"),
    ),
)
LARGE = (
    Hostile("a million formatted rows", "paid.xlsx", _formatted_rows, read()),
    Hostile("a ZIP bomb of rows", "paid.xlsx", _repeated("<row/>", 5_000_000), refused("suspicious_compression")),
    Hostile(
        "a ZIP bomb of far cells",
        "paid.xlsx",
        _repeated('<row><c r="XFD1"><v>1</v></c></row>', 400_000),
        refused("suspicious_compression"),
    ),
    Hostile("a row without end", "paid.csv", _long_row, refused("row_too_long")),
    Hostile(
        "noise in a cell",
        "paid.xlsx",
        lambda: workbook(
            sheet(
                _head() + _line(2, number("D2", "5")) + row(3, text("A3", random.Random(7).randbytes(3_000_000).hex()))
            )
        ).getvalue(),
        refused("cell_too_long"),
    ),
)
