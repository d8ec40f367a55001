"""Sentences for stored codes, in the reader's language: rows and jobs keep codes and parameters only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from advocate.lib.errors import DomainError
from advocate.lib.tabular import TableError
from advocate.lib.tabular.errors import in_readers_language
from jobs import errors
from jobs.models import Job, StagedRow
from jobs.types import ImportType, JobType, UnknownType, type_of

OWN_ERRORS = (
    errors.AllOrNothing,
    errors.CancelledBefore,
    errors.KeptStopping,
    errors.NoRows,
    errors.OurFault,
    errors.RowsRefused,
    errors.SameContent,
)


def row_sentence(import_type: ImportType, row: StagedRow) -> str:
    """Say why a row is refused; the empty string if it is not."""
    if not row.code:
        return ""
    params = {"column": row.column, "found": row.found, "value": row.found, **(row.params or {})}
    return _filled(sentences(import_type).get(row.code), row.code, params)


def job_sentence(job: Job) -> str:
    """Say why a job failed; the empty string if it did not."""
    if not job.error_code:
        return ""
    return _filled(_known(job).get(job.error_code), job.error_code, job.error_params)


def warning_sentences(job: Job) -> list[str]:
    """Say what is worth knowing before a job is confirmed."""
    try:
        kind = type_of(job)
    except UnknownType:
        return []
    known = {**sentences(kind), **(kind.warnings if isinstance(kind, ImportType) else {})}
    return [_filled(known.get(one["code"]), one["code"], one["params"]) for one in job.warnings]


def nothing_sentence(job: Job) -> str:
    """Say what to do about a job that waits although no row can be applied; the empty string if one can."""
    if job.status != Job.Status.WAITING or job.rows_good:
        return ""
    if not job.rows_refused:
        return _("Nothing can be applied: no row would change anything. Discard this.")
    if job.source_name:
        return _(
            "Nothing can be applied: not one row is good. Discard this, correct the file by what its rows say, and "
            "import it again."
        )
    return _("Nothing can be applied: not one row is good, and each says why. Discard this.")


def sentences(kind: JobType) -> Mapping[str, str | Promise]:
    """Return the sentences that rows and jobs of a type can need, by code."""
    own = {error.code: error.message for error in kind.refusals} if isinstance(kind, ImportType) else {}
    return {**_common(), **own}


def _known(job: Job) -> Mapping[str, str | Promise]:
    try:
        return sentences(type_of(job))
    except UnknownType:
        return _common()


@cache
def _common() -> Mapping[str, str | Promise]:
    classes: Iterable[type[DomainError]] = (*OWN_ERRORS, *_below(TableError))
    return {error.code: error.message for error in classes}


def _below(parent: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)


def _filled(template: str | Promise | None, code: str, params: Mapping[str, Any]) -> str:
    if template is None:
        return _("Refused (%(code)s).") % {"code": code}
    try:
        return str(template) % in_readers_language(params)
    except (KeyError, ValueError):
        return str(template)
