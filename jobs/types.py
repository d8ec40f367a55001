"""The types of reports and imports: each is one object that its app declares and registers in ``AppConfig.ready``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from advocate.lib.db import Select
from advocate.lib.errors import DomainError
from advocate.lib.tabular import Cell, SingleColumn
from jobs.models import Job, StagedRow
from jobs.words import PLAIN, Words

Person = AbstractBaseUser | AnonymousUser
Params = Mapping[str, Any]


class UnknownType(LookupError):
    """No app registers a type of this name."""


class OptionsForm(forms.Form):
    """The options of a type, as they are asked for when someone starts it."""

    def params(self) -> dict[str, Any]:
        """Return the cleaned options as JSON can hold them."""
        return dict(self.cleaned_data)


class UndoForm(OptionsForm):
    """What undoing an import asks for."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Others read it beside every redemption that is reversed."),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobType:
    """
    What reports and imports have in common.

    ``permission`` is needed to start one, ``view_permission`` to see its page and download its files.
    """

    slug: str
    label: str | Promise
    description: str | Promise
    view_permission: str
    permission: str
    resource: type[Any]
    form: type[OptionsForm] | None = None
    order: int = 100

    def may_start(self, person: Person) -> bool:
        """Say whether someone may start a job of this type."""
        return self.may_view(person) and person.has_perm(self.permission)  # type: ignore[union-attr]

    def may_view(self, person: Person) -> bool:
        """Say whether someone may see jobs of this type and download their files."""
        return person.has_perm("jobs.view_job") and person.has_perm(self.view_permission)  # type: ignore[union-attr]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportType(JobType):
    """
    A report.

    ``rows`` gets the options and the instant of the snapshot; it runs inside that snapshot and yields, in constant
    memory, what ``resource`` takes for a row. ``csv`` may give the same rows as a query of finished text columns, for
    PostgreSQL to write by itself. ``complete`` adds to the options what only the snapshot's data tells, such as which
    columns there are. ``estimate`` tells roughly how many rows come, for the progress bar.
    """

    permission: str = "jobs.run_report"
    rows: Callable[[Params, datetime], Iterable[Any]]
    csv: Callable[[Params, datetime], Select] | None = None
    complete: Callable[[Params], Params] = dict
    estimate: Callable[[Params], int | None] | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What applying a chunk did: rows done, rows newly refused, and totals by unit as integers to be added up."""

    done: int
    refused: int = 0
    totals: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing before confirming; ``code`` is one of the type's ``warnings``."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do: totals by unit, and warnings."""

    totals: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[Notice] = ()


def _no_preview(_job: Job) -> Preview:
    return Preview()


def _no_context(_request: HttpRequest, _job: Job) -> Mapping[str, Any]:
    return {}


def _plain_totals(totals: Mapping[str, int]) -> Sequence[tuple[str, str]]:
    return [(unit, str(amount)) for unit, amount in totals.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportType(JobType):
    """
    An import: the file's rows go to ``staged`` by way of ``resource``, are checked and later applied in sets.

    ``fields``
        the typed columns of ``staged``, in the order in which ``reader``'s function returns their values.
    ``patterns``
        regular expressions for the whole names of further optional columns, such as ``customFields.`` with a company's
        own name. What such a type does not know is kept as ``ignored`` in the job's ``detected``, for its preview.
    ``column``
        for a type whose files have one column: its name and the other headers by which it is known. The header may be
        missing; ``reader`` finds the cell under that name all the same.
    ``stager``
        for a type that reads no file: fills ``staged`` for the job from elsewhere, in steps of a short transaction
        each, and yields after each how many rows there are so far. Such a type starts by undoing an import, or by
        ``jobs.operations.create_run``.
    ``may_be_empty``
        whether nothing to do is a way to be done, and no error.
    ``undo``
        the type whose import undoes one of this type.
    ``reader``
        gets a :class:`jobs.staging.Source` and returns the function that reads one row. That function may raise
        :class:`jobs.staging.RowRefused` or a table error, and returns ``None`` for a row with nothing to do.
    ``completer``
        gets the job and returns the function that takes the rows read, a batch at a time, and gives them back with
        what only the database knows, refused where that speaks against them (``jobs.staging.refused_row``).
    ``checks``
        set statements that give each bad row among the job's GOOD ones a reason (``jobs.staging.refuse``), in order.
        Nothing but the staged rows may be written. Each runs in a transaction of its own and may run again.
    ``long_checks``
        the same in steps: each commits short transactions of its own and yields between them.
    ``preview``
        counts what would change.
    ``apply_chunk``
        gets the job, the first and the last row number and the instant, and applies the GOOD rows between them by set
        statements in the caller's transaction; rows that can no longer be applied it refuses.
    ``prepare_chunk``
        is called with the same before the transaction, does what needs none, and returns the function that then
        applies the chunk in it, at an instant. That function must see to it that what it prepared is still so.
    ``after``
        is called in the transaction that ends a job as DONE.
    ``marks``
        gets the job and some of its staged rows and says by row number what has happened to them since.
    ``refusals``
        the errors that give refused rows their sentences, beside those of reading.
    ``looks_in``
        the models in whose tables its statements look for what rows are about. Before they do, PostgreSQL's statistics
        of these are refreshed where they are of long ago, and those of ``staged`` after reading.
    ``brings``
        the model whose list offers the import, too.
    ``chunk_rows``, ``sqlite_chunk_rows``
        how many rows one transaction applies; on SQLite everybody else who writes waits for its end.
    ``max_rows``, ``max_bytes``
        what a file may hold, where that differs from the settings.
    ``result_columns``, ``result_rows``
        what the results file holds: a header, and the rows for the job.
    ``format_totals``
        turns totals into pairs of unit and amount for people.
    ``shown``, ``searched``
        the staged fields that a list of rows shows beside number and outcome, with their labels, and those in which a
        search looks for a beginning; ``related`` are the foreign keys that the shown ones need.
    ``words``
        what the rows and their outcomes are called.
    ``start_url``
        gets a job and returns the address of the page on which another like it is asked for, where that is not Import.
    ``template``, ``context``
        a part of the job's page of the type's own.
    ``shows_rows``
        whether that part says more about the GOOD row whose number is in the address (``?row=2``).
    """

    permission: str = "jobs.run_import"
    staged: type[StagedRow]
    fields: Sequence[str]
    required: Sequence[str] = ()
    optional: Sequence[str] = ()
    patterns: Sequence[str] = ()
    looks_in: Sequence[type[Model]] = ()
    brings: type[Model] | None = None
    column: SingleColumn | None = None
    reader: Callable[[Any], Callable[[Any], object]] | None = None
    stager: Callable[[Job], Iterator[int]] | None = None
    may_be_empty: bool = False
    undo: ImportType | None = None
    completer: Callable[[Job], Callable[[list[tuple[Any, ...]]], Iterable[Sequence[Any]]]] | None = None
    checks: Sequence[Callable[[Job], object]] = ()
    long_checks: Sequence[Callable[[Job], Iterator[None]]] = ()
    preview: Callable[[Job], Preview] = _no_preview
    apply_chunk: Callable[[Job, int, int, datetime], Applied]
    prepare_chunk: Callable[[Job, int, int, datetime], Callable[[datetime], Applied]] | None = None
    after: Callable[[Job], object] | None = None
    marks: Callable[[Job, Sequence[StagedRow]], Mapping[int, str | Promise]] | None = None
    refusals: Sequence[type[DomainError]] = ()
    warnings: Mapping[str, str | Promise] = field(default_factory=dict)
    result_columns: Sequence[str] = ()
    result_rows: Callable[[Job], Iterable[Sequence[Cell]]] | None = None
    format_totals: Callable[[Mapping[str, int]], Sequence[tuple[str, str]]] = _plain_totals
    chunk_rows: int = 5_000
    sqlite_chunk_rows: int | None = None
    max_rows: int | None = None
    max_bytes: int | None = None
    shown: Sequence[tuple[str, str | Promise]] = ()
    searched: Sequence[str] = ()
    related: Sequence[str] = ()
    words: Words = PLAIN
    start_url: Callable[[Job], str] | None = None
    template: str = ""
    context: Callable[[HttpRequest, Job], Mapping[str, Any]] = _no_context
    shows_rows: bool = False

    @property
    def reads_file(self) -> bool:
        """Say whether the rows come from a file, so that people would call it an import."""
        return self.stager is None


_exports: dict[str, ExportType] = {}
_imports: dict[str, ImportType] = {}
Kind = TypeVar("Kind", ExportType, ImportType)


def register_export(export_type: ExportType) -> None:
    """Offer a type of report; to be called from ``AppConfig.ready``."""
    _exports[export_type.slug] = export_type


def register_import(import_type: ImportType) -> None:
    """Offer a type of import; to be called from ``AppConfig.ready``."""
    _imports[import_type.slug] = import_type


def export_types() -> list[ExportType]:
    """Return the types of reports in their order."""
    return _ordered(_exports.values())


def import_types() -> list[ImportType]:
    """Return the types of imports in their order."""
    return _ordered(_imports.values())


def imports_bringing(model: type[Model], person: Person) -> list[ImportType]:
    """Return the imports that bring rows of a model, as far as someone may start them, in their order."""
    return [kind for kind in import_types() if kind.brings is model and kind.may_start(person)]


def export_type(slug: str) -> ExportType:
    """
    Return the type of report with this name.

    :raises UnknownType: if there is none
    """
    try:
        return _exports[slug]
    except KeyError:
        raise UnknownType(slug) from None


def import_type(slug: str) -> ImportType:
    """
    Return the type of import with this name.

    :raises UnknownType: if there is none
    """
    try:
        return _imports[slug]
    except KeyError:
        raise UnknownType(slug) from None


def type_of(job: Job) -> ExportType | ImportType:
    """
    Return the type of a job.

    :raises UnknownType: if no app registers it any more
    """
    return export_type(job.type) if job.kind == Job.Kind.EXPORT else import_type(job.type)


def _ordered(found: Iterable[Kind]) -> list[Kind]:
    return sorted(found, key=lambda one: (one.order, one.slug))
