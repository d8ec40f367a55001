from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, DetailHeader, Fact, dash, instant, number, person
from advocate.lib.admin.paging import CappedChangeList
from promocodes.admin.filters import ProgramFilter
from promocodes.admin.section import ManagerPart
from promocodes.imports import WITHDRAW_BATCH, WITHDRAW_CODES
from promocodes.models import CodeBatch
from promocodes.queries.batches import counts_of_batches, has_stock


class BatchChangeList(CappedChangeList):
    """The batches with how far each is used up."""

    def get_results(self, request: HttpRequest) -> None:
        """Count for the whole page at once."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        counts = counts_of_batches(self.result_list)
        for batch in self.result_list:
            batch.counts = counts[batch.pk]


@admin.register(CodeBatch)
class CodeBatchAdmin(ManagerPart[CodeBatch]):
    """The batches in which codes came."""

    page_lead = gettext_lazy("Codes that came together: each upload, each run of the generator, those added by hand.")
    list_display = ("name", "program_name", "come_by", "added", "codes", "in_stock", "used", "job_link")
    list_display_links = ("name",)
    list_filter = (ProgramFilter, "source")
    numeric_columns = ("codes", "in_stock", "used")
    ordering = ("-created_at", "-id")
    sortable_by = ("added",)
    search_fields = ("name", "added_by")
    search_help_text = gettext_lazy("Name of the batch, or who added it")
    empty_title = gettext_lazy("No batches yet")
    empty_text = gettext_lazy("Each upload and each run of the generator makes one.")
    empty_icon = "codes"
    detail_page = "code-batch"

    @admin.display(description=gettext_lazy("program"))
    def program_name(self, batch: CodeBatch) -> str:
        """Show the program whose codes they are."""
        return batch.pool.program.name

    @admin.display(description=gettext_lazy("source"))
    def come_by(self, batch: CodeBatch) -> SafeString:
        """Show how they came and by whom."""
        return person(batch.get_source_display(), batch.added_by)

    @admin.display(description=gettext_lazy("added"), ordering="created_at")
    def added(self, batch: CodeBatch) -> SafeString:
        """Show when they came."""
        return instant(batch.created_at)

    @admin.display(description=gettext_lazy("codes"))
    def codes(self, batch: CodeBatch) -> SafeString | str:
        """Show how many they were."""
        return number(batch.code_count)

    @admin.display(description=gettext_lazy("still in stock"))
    def in_stock(self, batch: Any) -> str:
        """Show how many can be given out."""
        return str(batch.counts.in_stock.text)

    @admin.display(description=gettext_lazy("used"))
    def used(self, batch: Any) -> str:
        """Show how many friends have used."""
        return str(batch.counts.used.text)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows how far each batch is used up."""
        return BatchChangeList

    @admin.display(description=gettext_lazy("job"))
    def job_link(self, batch: CodeBatch) -> SafeString:
        """Lead to the job that brought them."""
        if batch.job is None:
            return dash()
        return format_html('<a href="{}">{}</a>', job_url(batch), batch.job.name)

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer the withdrawal by file."""
        if not WITHDRAW_CODES.may_start(request.user):
            return ()
        return (Action(_("Withdraw codes by file"), reverse("admin:promocodes_withdraw")),)

    def detail_actions(self, request: HttpRequest, obj: CodeBatch) -> Sequence[Action]:
        """Offer to withdraw what is left, if anything is."""
        if not WITHDRAW_BATCH.may_start(request.user) or not has_stock(obj):
            return ()
        url = reverse("admin:promocodes_withdraw_batch", args=[obj.pk])
        return (Action(_("Withdraw what is left"), url, danger=True),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodeBatch]:
        """Return the batches with their programs and jobs."""
        return super().get_queryset(request).select_related("pool__program", "job")

    def detail_header(self, request: HttpRequest, obj: CodeBatch) -> DetailHeader:
        """Say what came, how and when."""
        return DetailHeader(
            title=obj.name,
            facts=(
                Fact(_("Program"), pool_link(obj)),
                Fact(_("Source"), self.come_by(obj)),
                Fact(_("Added"), instant(obj.created_at)),
                Fact(_("Codes"), number(obj.code_count)),
                Fact(_("Job"), self.job_link(obj)),
            ),
        )


def job_url(batch: CodeBatch) -> str:
    """Return the address of the job that brought a batch."""
    return reverse("admin:jobs_job_detail", args=[batch.job.public_id]) if batch.job else ""


def pool_link(batch: CodeBatch) -> SafeString:
    """Return the name of a batch's program, which leads to its pool."""
    url = reverse("admin:promocodes_codepool_change", args=[batch.pool_id])
    return format_html('<a href="{}">{}</a>', url, batch.pool.program.name)
