"""What the lists of codes and of those who hold them can be narrowed by."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from promocodes.models import CodeBatch, CodePool
from promocodes.queries.listing import STATES, CodeFilter

MOST_BATCHES = 20
STATE_OF = {state.name.lower(): int(state) for state in STATES}
MULTI_USE_OF = {str(CodePool.Kind.ONE_TIME): False, str(CodePool.Kind.MULTI_USE): True}
COPIED_OF = {"yes": True, "no": False}


class StateFilter(admin.SimpleListFilter):
    """Filter by where codes are."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the states by their names."""
        return [(state.name.lower(), state.label) for state in STATES]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the codes in the chosen state."""
        return narrowed(queryset, "state", STATE_OF.get(self.value() or ""))


class ProgramFilter(admin.SimpleListFilter):
    """Filter by program."""

    title = _("program")
    parameter_name = "pool"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the programs that have codes, by their names."""
        pools = CodePool.objects.select_related("program").order_by("program__name", "pk")
        return [(str(pool.pk), pool.program.name) for pool in pools]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what belongs to the chosen program."""
        return narrowed(queryset, "pool", whole(self.value() or ""))


class BatchFilter(admin.SimpleListFilter):
    """Filter by batch: the newest, and the one that a batch's page leads to."""

    title = _("batch")
    parameter_name = "batch"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the newest batches of the chosen program."""
        batches = CodeBatch.objects.order_by("-created_at", "-pk")
        pool = whole(request.GET.get("pool", ""))
        if pool is not None:
            batches = batches.filter(pool=pool)
        found = {batch.pk: batch for batch in batches[:MOST_BATCHES]}
        chosen = chosen_batch(request)
        if chosen is not None:
            found.setdefault(chosen.pk, chosen)
        return [(str(batch.pk), batch.name) for batch in found.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the codes of the chosen batch."""
        return narrowed(queryset, "batch", chosen_batch(request))


class KindFilter(admin.SimpleListFilter):
    """Filter by how often a code can be used."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the two kinds."""
        return list(CodePool.Kind.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the codes of the chosen kind."""
        return narrowed(queryset, "is_multi_use", MULTI_USE_OF.get(self.value() or ""))


class CopiedFilter(admin.SimpleListFilter):
    """Filter by whether the advocate has copied the code."""

    title = _("Copied")
    parameter_name = "copied"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return yes and no."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the codes that were copied, or were not."""
        copied = COPIED_OF.get(self.value() or "")
        return narrowed(queryset, "copied_at__isnull", None if copied is None else not copied)


class WaitingFilter(admin.SimpleListFilter):
    """Filter by whether an advocate waits for codes."""

    title = _("waiting for codes")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the one choice besides everyone."""
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return who waits."""
        return narrowed(queryset, "waiting_since__isnull", False if self.value() == "yes" else None)


def code_filter(request: HttpRequest) -> CodeFilter:
    """Return what the list of codes is narrowed by."""
    asked = request.GET
    return CodeFilter(
        pool_id=whole(asked.get("pool", "")),
        batch=chosen_batch(request),
        state=STATE_OF.get(asked.get("state", "")),
        is_multi_use=MULTI_USE_OF.get(asked.get("kind", "")),
        is_copied=COPIED_OF.get(asked.get("copied", "")),
    )


def chosen_batch(request: HttpRequest) -> CodeBatch | None:
    """Return the batch that the address names, looked up once for each request."""
    kept = cast("Any", request)
    if not hasattr(kept, "chosen_batch"):
        batch_id = whole(request.GET.get("batch", ""))
        kept.chosen_batch = None if batch_id is None else CodeBatch.objects.filter(pk=batch_id).first()
    return cast("CodeBatch | None", kept.chosen_batch)


def narrowed(rows: QuerySet[Any], field: str, value: object) -> QuerySet[Any]:
    """Return the rows whose field has the value; None chooses nothing."""
    return rows if value is None else rows.filter(**{field: value})


def whole(text: str) -> int | None:
    """Return an id that an address holds, if it is one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None
