"""An import's rows on its page: filtered, searched, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from advocate.lib.admin import CappedPaginator
from advocate.lib.admin.parts import Kind
from advocate.lib.capped import CappedCount
from jobs.messages import row_sentence
from jobs.models import Job, StagedRow
from jobs.staged_rows import rows_of
from jobs.types import ImportType
from jobs.words import Count, Words, other_counts

ROWS_ON_A_PAGE = 50
State = StagedRow.State


@dataclass(frozen=True, slots=True)
class LabelledValue:
    """What a row has in one of the type's columns."""

    label: str
    value: object


@dataclass(frozen=True, slots=True)
class RowLine:
    """One row as the page shows it."""

    number: int
    chosen_by: str
    outcome: str | Promise
    badge: Kind
    mark: str | Promise
    values: Sequence[LabelledValue]
    column: str
    found: str
    message: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter above the rows."""

    label: str | Promise
    url: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class RowList:
    """The rows that were asked for, with their filters."""

    chips: Sequence[Chip]
    words: str
    state: str
    headers: Sequence[str | Promise]
    lines: Sequence[RowLine]
    page: Page[Any]
    total: str
    query: str

    @property
    def has_messages(self) -> bool:
        """Say whether any of the rows needs a word about what to do with it."""
        return any(line.message for line in self.lines)


def row_list(request: HttpRequest, job: Job, kind: ImportType) -> RowList:
    """Return the rows that the request's filter and words ask for; refused ones first of all if nothing is asked."""
    words = request.GET.get("q", "").strip()
    state = request.GET.get("rows", "")
    if state not in {"all", *State.values}:
        state = State.REFUSED if job.rows_refused else "all"
    rows = rows_of(job, kind).select_related(*kind.related or (None,)).order_by("row_no")
    if state != "all":
        rows = rows.filter(state=state)
    paginator = CappedPaginator(_searched(rows, kind, words), ROWS_ON_A_PAGE)
    page = paginator.get_page(request.GET.get("page"))
    return RowList(
        chips=_chips(job, kind, state, words),
        words=words,
        state=state,
        headers=[capfirst(str(label)) for _name, label in kind.shown],
        lines=_lines(list(page.object_list), job, kind),
        page=page,
        total=CappedCount(paginator.count, paginator.is_capped).text,
        query=urlencode({"rows": state, "q": words}),
    )


def _searched(rows: QuerySet[Any], kind: ImportType, words: str) -> QuerySet[Any]:
    if not words:
        return rows
    wanted = Q(found__startswith=words)
    for name in kind.searched:
        wanted |= Q(**{f"{name}__startswith": words})
    if words.isdecimal() and len(words) <= 9:
        wanted |= Q(row_no=int(words))
    return rows.filter(wanted)


def _chips(job: Job, kind: ImportType, state: str, words: str) -> list[Chip]:
    # While rows are being applied, all that are neither unchanged nor refused are on their way to be done.
    is_begun = job.rows_done or job.is_under_way or job.status == Job.Status.DONE
    counts = (
        Count("all", _("All"), job.rows_total),
        Count(State.GOOD, kind.words.done if is_begun else kind.words.good, job.rows_good),
        *other_counts(job, kind.words),
    )
    return [
        Chip(one.label, f"?{urlencode({'rows': one.state, 'q': words})}#rows", one.count, one.state == state)
        for one in counts
    ]


def _lines(rows: Sequence[StagedRow], job: Job, kind: ImportType) -> list[RowLine]:
    marks = kind.marks(job, rows) if kind.marks and job.rows_done else {}
    return [_line(row, job, kind, marks.get(row.row_no, "")) for row in rows]


def _line(row: StagedRow, job: Job, kind: ImportType, mark: str | Promise) -> RowLine:
    outcome, colour = _outcome(row, job, kind.words)
    return RowLine(
        number=row.row_no,
        chosen_by=f"row={row.row_no}#row" if kind.shows_rows and row.state == State.GOOD else "",
        outcome=outcome,
        badge=colour,
        mark=mark,
        values=[LabelledValue(capfirst(str(label)), getattr(row, name)) for name, label in kind.shown],
        column=row.column,
        found=row.found,
        message=row_sentence(kind, row),
    )


def _outcome(row: StagedRow, job: Job, words: Words) -> tuple[str | Promise, Kind]:
    if row.state == State.REFUSED:
        return words.refused, "danger"
    if row.state == State.UNCHANGED:
        return _("Unchanged"), "neutral"
    if row.row_no < job.next_row:
        return words.done, "success"
    return words.good, "info"
