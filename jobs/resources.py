"""What a Resource is here: the column contract of a report or import, worked off in sets and streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from import_export.fields import Field
from import_export.resources import Resource

from advocate.lib.tabular import Cell, Column
from advocate.lib.tabular.xlsx_writer import Kind

Params = Mapping[str, Any]


class TableField(Field):  # type: ignore[misc]  # the library has no types
    """A column with what a spreadsheet should know about it: its kind, digits, width, and whether it is to fill in."""

    def __init__(
        self,
        name: str,
        *,
        attribute: str | None = None,
        kind: Kind = "text",
        digits: int = 2,
        width: int = 16,
        highlighted: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(attribute=attribute or name, column_name=name, **options)
        self.column = Column(name=name, kind=kind, digits=digits, width=width, highlighted=highlighted)


class SetResource(Resource):  # type: ignore[misc]  # the library has no types
    """
    The names, order, kinds and formats of a table's columns; it holds no queries.

    ``params`` are the job's options, by which a report may leave out columns (``get_export_fields``).
    A report's rows may be tuples in the order of the columns, which go to the file as they are, or objects, from which
    each field takes its attribute.
    """

    def __init__(self, params: Params | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.params: Params = params or {}

    def columns(self) -> list[Column]:
        """Return the columns in their order."""
        return [field.column for field in self.get_export_fields()]

    def cells(self, row: Any) -> Sequence[Cell]:
        """Return one row's cells in the order of the columns."""
        if isinstance(row, tuple | list):
            return row
        return [field.get_value(row) for field in self.get_export_fields()]
