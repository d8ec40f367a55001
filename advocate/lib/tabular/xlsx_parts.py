"""The fixed parts of a written workbook: its contents, styles and what frames the rows of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr  # escapes only, parses nothing

MOST_DIGITS = 12
TINT = "FFFFF2CC"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_TEXT_STYLE, _TINTED_TEXT_STYLE, HEADER_STYLE, HIGHLIGHTED_HEADER_STYLE, DATE_STYLE, DATETIME_STYLE = range(6)
_FIRST_NUMBER_STYLE = 6
_FIRST_FORMAT = 164
_DATETIME_FORMAT = _FIRST_FORMAT + MOST_DIGITS + 1
_DATE_FORMAT = _DATETIME_FORMAT + 1


def text_style(highlighted: bool) -> int:
    """Return the style of text cells."""
    return _TINTED_TEXT_STYLE if highlighted else _TEXT_STYLE


def number_style(digits: int, highlighted: bool) -> int:
    """
    Return the style of numbers with so many decimal places.

    :raises ValueError: if there are more than 12
    """
    if not 0 <= digits <= MOST_DIGITS:
        raise ValueError(digits)
    return _FIRST_NUMBER_STYLE + 2 * digits + highlighted


def column_letters(index: int) -> str:
    """Return the letters of a zero-based column."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def sheet_start(columns: Sequence[tuple[int, int]]) -> str:
    """Return what stands before the rows, for columns of (width, style)."""
    widths = "".join(
        f'<col min="{number}" max="{number}" width="{width}" style="{style}" customWidth="1"/>'
        for number, (width, style) in enumerate(columns, start=1)
    )
    return (
        f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        '<selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f"<cols>{widths}</cols><sheetData>"
    )


def sheet_end(columns: int, last_row: int) -> str:
    """Return what stands after the rows, the filter over all of them included."""
    return f'</sheetData><autoFilter ref="A1:{column_letters(columns - 1)}{last_row}"/></worksheet>'


def package_parts(sheet_names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the path and content of every part but the sheets."""
    numbers = range(1, len(sheet_names) + 1)
    yield "[Content_Types].xml", _content_types(numbers)
    yield "_rels/.rels", _relations([("officeDocument", "xl/workbook.xml")])
    yield "xl/workbook.xml", _workbook(sheet_names)
    sheets = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers]
    yield "xl/_rels/workbook.xml.rels", _relations([*sheets, ("styles", "styles.xml")])
    yield "xl/styles.xml", _styles()


def _content_types(numbers: Sequence[int]) -> str:
    sheets = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{_TYPES}.worksheet+xml"/>'
        for number in numbers
    )
    return (
        f'{_DECLARATION}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>{sheets}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_DECLARATION}<Relationships xmlns="{_PACKAGE}/relationships">{found}</Relationships>'


def _workbook(sheet_names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(sheet_names, start=1)
    )
    return f'{_DECLARATION}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _styles() -> str:
    formats = "".join(
        f'<numFmt numFmtId="{_FIRST_FORMAT + digits}" formatCode="{"0." + "0" * digits if digits else "0"}"/>'
        for digits in range(MOST_DIGITS + 1)
    )
    numbers = "".join(
        _format(_FIRST_FORMAT + digits, fill=fill) for digits in range(MOST_DIGITS + 1) for fill in (0, 2)
    )
    return (
        f'{_DECLARATION}<styleSheet xmlns="{_MAIN}"><numFmts count="{MOST_DIGITS + 3}">{formats}'
        f'<numFmt numFmtId="{_DATETIME_FORMAT}" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>'
        f'<numFmt numFmtId="{_DATE_FORMAT}" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
        '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
        f'</fill><fill><patternFill patternType="solid"><fgColor rgb="{TINT}"/><bgColor indexed="64"/></patternFill>'
        '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{_FIRST_NUMBER_STYLE + 2 * (MOST_DIGITS + 1)}">'
        f"{_format(49)}{_format(49, fill=2)}{_format(49, font=1)}{_format(49, font=1, fill=2)}"
        f"{_format(_DATE_FORMAT)}{_format(_DATETIME_FORMAT)}{numbers}</cellXfs>"
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _format(number_format: int, *, font: int = 0, fill: int = 0) -> str:
    return (
        f'<xf numFmtId="{number_format}" fontId="{font}" fillId="{fill}" borderId="0" xfId="0" '
        'applyNumberFormat="1" applyFont="1" applyFill="1"/>'
    )
