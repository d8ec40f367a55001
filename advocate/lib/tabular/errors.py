from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


def in_readers_language(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return an error's parameters with what a file is in the language of whoever reads of it."""
    what = params.get("what")
    return {**params, "what": gettext(what)} if isinstance(what, str) and what else dict(params)


class TableError(DomainError):
    """A file, a row or a cell that cannot be taken, with a sentence that tells what to do about it."""

    code = "table_error"


class EmptyFile(TableError):
    code = "empty_file"
    message = _("The file is empty. Choose a file whose first row names the columns.")


class UnsupportedFile(TableError):
    """The file is neither a table nor text; ``what`` says in English what it is."""

    code = "unsupported_file"
    message = _("This file is %(what)s. Upload a CSV, TSV, Excel (.xlsx) or OpenDocument (.ods) file instead.")

    def __str__(self) -> str:
        return str(self.message) % in_readers_language(self.params)


class OldWorkbook(TableError):
    code = "old_workbook"
    message = _("This file is an older Excel workbook (.xls). Open it and save it as Excel Workbook (.xlsx) or as CSV.")


class BinaryWorkbook(TableError):
    code = "binary_workbook"
    message = _(
        "This file is a binary Excel workbook (.xlsb). Open it and save it as Excel Workbook (.xlsx) or as CSV."
    )


class EncryptedWorkbook(TableError):
    code = "encrypted_workbook"
    message = _("This workbook is protected by a password. Remove the password, save it and upload it again.")


class DamagedWorkbook(TableError):
    code = "damaged_workbook"
    message = _(
        "This workbook is damaged or was not uploaded completely. Open it, save it again as Excel Workbook (.xlsx) "
        "and upload that file."
    )


class ForbiddenMarkup(TableError):
    code = "forbidden_markup"
    message = _(
        "This workbook contains declarations (DTD) that no spreadsheet program writes. Save it again as Excel "
        "Workbook (.xlsx)."
    )


class NoSheet(TableError):
    code = "no_sheet"
    message = _("This workbook has no sheet with cells in it. Choose the file that has your rows.")


class UnknownSheet(TableError):
    code = "unknown_sheet"
    message = _("The workbook has no sheet “%(sheet)s”.")


class UndecodableText(TableError):
    code = "undecodable_text"
    message = _(
        "Line %(line)s cannot be read as %(encoding)s. Choose the encoding that the file was saved in, or save it "
        "as “CSV UTF-8”."
    )


class UnknownEncoding(TableError):
    code = "unknown_encoding"
    message = _("The encoding of this file is not known. Choose it, or save the file as “CSV UTF-8”.")


class UnknownSeparator(TableError):
    code = "unknown_separator"
    message = _("“%(separator)s” does not separate columns. Choose comma, semicolon or tab.")


class BinaryContent(TableError):
    code = "binary_content"
    message = _(
        "Line %(line)s contains an invisible character (NUL) that does not belong into a text file. Export the file "
        "again and upload that one."
    )


class UnclosedQuote(TableError):
    code = "unclosed_quote"
    message = _(
        'In the row that begins in line %(line)s a quotation mark (") is opened and never closed, or stands '
        "inside a quoted cell without being doubled."
    )


class FileTooLarge(TableError):
    code = "file_too_large"
    message = _("The file is larger than %(limit)s MB. Split it into several files.")


class UnpackedTooLarge(TableError):
    code = "unpacked_too_large"
    message = _("The workbook unpacks to more than %(limit)s MB. Save the sheet as CSV, or split it.")


class SuspiciousCompression(TableError):
    code = "suspicious_compression"
    message = _(
        "The workbook unpacks to more than %(limit)s times its size, which real sheets do not. Save it as CSV instead."
    )


class TooManyParts(TableError):
    code = "too_many_parts"
    message = _("The workbook consists of more than %(limit)s parts. Copy the sheet into a new workbook.")


class TooManyRows(TableError):
    code = "too_many_rows"
    message = _("The file has more than %(limit)s rows. Split it into several files.")


class TooManyColumns(TableError):
    code = "too_many_columns"
    message = _("Row %(row)s has more than %(limit)s columns. Remove the columns that are not needed.")


class RowTooLong(TableError):
    code = "row_too_long"
    message = _(
        "The row in line %(line)s is longer than %(limit)s characters. Check that its quotation marks are closed."
    )


class CellTooLong(TableError):
    code = "cell_too_long"
    message = _(
        "A cell in the row that begins in line %(line)s is longer than %(limit)s characters. Check that its "
        "quotation marks are closed."
    )


class TooManyCells(TableError):
    code = "too_many_cells"
    message = _(
        "The row has more cells (%(cells)s) than the header has columns (%(columns)s). Put quotation marks around text "
        "that contains the separator, or remove what stands beyond the last column."
    )


class MissingColumn(TableError):
    code = "missing_column"
    message = _("The column “%(column)s” is missing. The first row must name the columns: add it there.")


class MisspelledColumn(TableError):
    code = "misspelled_column"
    message = _("The column “%(column)s” is missing. Is “%(found)s” meant? Rename it to “%(column)s”.")


class RepeatedColumn(TableError):
    code = "repeated_column"
    message = _("The column “%(column)s” is there %(times)s times. Keep one of them.")


class FormulaWithoutValue(TableError):
    code = "formula_without_value"
    message = _(
        "“%(column)s” holds a formula that was saved without its result. Open the file in a spreadsheet program and "
        "save it again, or replace the formula by its value."
    )


class ErrorCell(TableError):
    code = "error_cell"
    message = _("“%(column)s” shows the error %(value)s. Correct the formula, or enter the value.")


class NumberTooLong(TableError):
    code = "number_too_long"
    message = _(
        "“%(column)s” is the number %(value)s; spreadsheets keep 15 digits only, so its last digits may be wrong. "
        "Format the column as text and enter it again."
    )


class DateInsteadOfText(TableError):
    code = "date_instead_of_text"
    message = _("“%(column)s” was turned into the date %(value)s. Format the column as text and enter it again.")


class DateInsteadOfNumber(TableError):
    code = "date_instead_of_number"
    message = _("“%(column)s” was turned into the date %(value)s. Format the column as a number and enter it again.")


class LogicalInsteadOfNumber(TableError):
    code = "logical_instead_of_number"
    message = _("“%(column)s” is %(value)s, not a number.")


class LogicalInsteadOfText(TableError):
    code = "logical_instead_of_text"
    message = _("“%(column)s” was turned into %(value)s. Format the column as text and enter it again.")


class NumberInsteadOfText(TableError):
    code = "number_instead_of_text"
    message = _(
        "“%(column)s” is kept as the number %(value)s, which may not be what was typed (00123 and 1E5 become numbers). "
        "Format the column as text and enter it again."
    )


class SeveralColumns(TableError):
    code = "several_columns"
    message = _(
        "Row %(row)s has something in more than one column (“%(one)s” and “%(other)s”). Put all of them into one "
        "column and nothing else into the file, or write “%(column)s” above the column that is meant."
    )
