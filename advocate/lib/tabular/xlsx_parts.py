"""The fixed parts of a written workbook: its contents, styles and what frames the rows of a sheet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

if TYPE_CHECKING:
    from openpyxl import Workbook

MOST_DIGITS = 12
TINT = "FFFFF2CC"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

# Number 0 is what a cell without a style has.
_TEXT_STYLE, _TINTED_TEXT_STYLE, HEADER_STYLE, HIGHLIGHTED_HEADER_STYLE, DATE_STYLE, DATETIME_STYLE = range(1, 7)
_FIRST_NUMBER_STYLE = 7


@dataclass(frozen=True, slots=True)
class _Look:
    """How the cells of a style look."""

    number_format: str
    is_bold: bool = False
    is_tinted: bool = False


# In the order of their numbers.
_LOOKS = (
    _Look("@"),
    _Look("@", is_tinted=True),
    _Look("@", is_bold=True),
    _Look("@", is_bold=True, is_tinted=True),
    _Look("yyyy\\-mm\\-dd"),
    _Look("yyyy\\-mm\\-dd hh:mm:ss"),
    *(
        _Look(f"0.{'0' * digits}" if digits else "0", is_tinted=is_tinted)
        for digits in range(MOST_DIGITS + 1)
        for is_tinted in (False, True)
    ),
)


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


def package_parts(sheet_names: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the path and content of every part but the sheets, as openpyxl writes them for a workbook of this shape."""
    # Costs 0.2 s and 15 MB, which only who writes a workbook pays.
    from openpyxl import Workbook  # noqa: PLC0415

    book = Workbook()
    book.properties.creator = "Advocate"
    book.remove(book.worksheets[0])
    for name in sheet_names:
        book.create_sheet(name)
    _register_styles(book)
    saved = BytesIO()
    book.save(saved)
    with ZipFile(saved) as parts:
        for path in parts.namelist():
            if not path.startswith("xl/worksheets/"):
                yield path, parts.read(path)


def _register_styles(book: Workbook) -> None:
    """Make the workbook's styles, so that each has the number which the cells name."""
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415

    bold = Font(name="Calibri", size=11, bold=True)
    tint = PatternFill("solid", fgColor=TINT)
    for number, look in enumerate(_LOOKS, start=_TEXT_STYLE):
        cell = book.worksheets[0].cell(row=1, column=number)
        cell.number_format = look.number_format
        if look.is_bold:
            cell.font = bold
        if look.is_tinted:
            cell.fill = tint
        if cell.style_id != number:
            raise AssertionError(f"openpyxl counts styles in another way: {cell.style_id} is not {number}.")
