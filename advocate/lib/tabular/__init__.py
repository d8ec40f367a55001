"""
Read uploaded tables and write reports: CSV, TSV, Excel and OpenDocument.

    with open_table(file, required=["userId"]) as table:
        columns = match_columns(table.header, required=["userId"])
        for row in table.rows():
            user_id = text_cell(row, columns["userId"], column="userId")
"""

from __future__ import annotations

from advocate.lib.tabular.charset import ENCODINGS
from advocate.lib.tabular.columns import ColumnPositions, match_columns
from advocate.lib.tabular.csv_writer import csv_line, write_csv, write_csv_lines
from advocate.lib.tabular.delimited import SEPARATORS
from advocate.lib.tabular.errors import TableError
from advocate.lib.tabular.guard import escape_formula, unescape_formula
from advocate.lib.tabular.limits import DEFAULT_LIMITS, TableLimits
from advocate.lib.tabular.rows import CellKind, Detected, TableRow, code_cell, number_cell, text_cell
from advocate.lib.tabular.single_column import ColumnTable, SingleColumn, open_column
from advocate.lib.tabular.table import Table, open_table
from advocate.lib.tabular.xlsx_writer import Amount, Cell, Column, write_xlsx

__all__ = [
    "DEFAULT_LIMITS",
    "ENCODINGS",
    "SEPARATORS",
    "Amount",
    "Cell",
    "CellKind",
    "Column",
    "ColumnPositions",
    "ColumnTable",
    "Detected",
    "SingleColumn",
    "Table",
    "TableError",
    "TableLimits",
    "TableRow",
    "code_cell",
    "csv_line",
    "escape_formula",
    "match_columns",
    "number_cell",
    "open_column",
    "open_table",
    "text_cell",
    "unescape_formula",
    "write_csv",
    "write_csv_lines",
    "write_xlsx",
]
