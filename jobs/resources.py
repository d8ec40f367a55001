"""What a Resource is here: the column contract of a report or import, worked off in sets and streams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from import_export import exceptions
from import_export.fields import Field
from import_export.resources import Resource
from import_export.results import Result

from advocate.lib.tabular import Cell, Column
from advocate.lib.tabular.xlsx_writer import Kind
from jobs.library import StreamedDataset, import_dataset

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
        super().__init__(attribute=attribute, column_name=name, **options)
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
        for name, field in self.fields.items():
            field.attribute = field.attribute or name

    def columns(self) -> list[Column]:
        """Return the columns in their order."""
        return [field.column for field in self.get_export_fields()]

    def cells(self, row: Any) -> Sequence[Cell]:
        """Return one row's cells in the order of the columns."""
        if isinstance(row, tuple | list):
            return row
        return [field.get_value(row) for field in self.get_export_fields()]

    def export(self, queryset: Any = None, **kwargs: Any) -> StreamedDataset:
        """Return the rows as a dataset of the library's kind that is read while it is written."""
        source = self.get_queryset() if queryset is None else self.filter_export(queryset, **kwargs)

        def rows() -> Iterator[Sequence[Cell]]:
            return map(self.cells, self.iter_queryset(source))

        return StreamedDataset(self.columns(), rows)

    def import_data(self, dataset: Any, dry_run: bool = False, raise_errors: bool = False, **kwargs: Any) -> Result:
        """
        Stage, check and, unless it is a dry run, apply a dataset as a job does; give the library's result.

        ``actor`` may name who imports.

        :raises ImportError: if something is refused and ``raise_errors`` is set
        """
        result = import_dataset(type(self), dataset, dry_run=dry_run, by=kwargs.get("actor"))
        refused = [*result.base_errors, *result.invalid_rows]
        if raise_errors and refused:
            raise exceptions.ImportError(refused[0].error)
        return result
