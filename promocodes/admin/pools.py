from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, DetailHeader, Fact, badge, day, moment, person
from advocate.lib.admin.paging import CappedChangeList
from advocate.lib.clock import now
from promocodes.admin.section import ManagerPart
from promocodes.badges import pool_badge, stock_badge
from promocodes.models import CodePool
from promocodes.queries.pools import Total, totals_of_pools
from promocodes.stock_view import total_text

ADD = "promocodes.add_promocode"


def upload_url(pool: CodePool | None = None) -> str:
    """Return the address of the upload of codes, for one pool or any."""
    try:
        url = reverse("admin:promocodes_upload")
    except NoReverseMatch:
        return ""
    return f"{url}?program={pool.program_id}" if pool else url


def upload_action(request: HttpRequest, pool: CodePool | None = None) -> Action | None:
    """Return the button that leads to the upload of codes, for who may upload."""
    url = upload_url(pool)
    return Action(_("Upload Codes"), url, primary=True, icon="upload") if url and request.user.has_perm(ADD) else None


def shown_total(total: Total) -> SafeString | str:
    """Return a number, with when it was counted if that was not now."""
    if total.as_of is None:
        return total_text(total)
    return person(total_text(total), format_html(_("as of {time}"), time=moment(total.as_of)))


class PoolChangeList(CappedChangeList):
    """The pools with where the codes of each are."""

    def get_results(self, request: HttpRequest) -> None:
        """Count for the whole page at once."""
        super().get_results(request)
        self.result_list = list(self.result_list)
        totals = totals_of_pools(self.result_list, at=now())
        for pool in self.result_list:
            pool.totals = totals[pool.pk]


@admin.register(CodePool)
class CodePoolAdmin(ManagerPart[CodePool]):
    """Each program's stock of codes, and where its codes are."""

    page_lead = gettext_lazy("Each program's promo codes: how many are left, who has them, and which were used.")
    list_display = ("program_name", "in_stock", "assigned", "copied", "used", "withdrawn", "waiting", "upload")
    numeric_columns = ("in_stock", "assigned", "copied", "used", "withdrawn", "waiting")
    list_display_links = ("program_name",)
    ordering = ("program__name", "id")
    sortable_by = ()
    search_fields = ("program__name", "program__key")
    search_help_text = gettext_lazy("Name or ID of a program")
    empty_title = gettext_lazy("No promo codes yet")
    empty_text = gettext_lazy(
        "Open a program in Program Rules and choose Set up promo codes, or upload the first codes here."
    )
    empty_icon = "codes"
    detail_page = "code-pool"

    @admin.display(description=gettext_lazy("program"))
    def program_name(self, pool: CodePool) -> SafeString:
        """Show the program with the kind of its codes, and whether advocates get them."""
        shown = pool_badge(pool)
        state = format_html("{} {}", pool.get_kind_display(), badge(shown.label, shown.kind))
        return person(pool.program.name, state)

    @admin.display(description=gettext_lazy("in stock"))
    def in_stock(self, pool: Any) -> SafeString:
        """Show how many can be given out, with a warning where that is little."""
        shown = stock_badge(pool, in_stock=pool.totals.in_stock.value, waiting=pool.totals.waiting.value)
        warning = badge(shown.label, shown.kind) if shown else ""
        return format_html("{} {}", warning, shown_total(pool.totals.in_stock))

    @admin.display(description=gettext_lazy("Assigned"))
    def assigned(self, pool: Any) -> SafeString | str:
        """Show how many advocates hold."""
        return shown_total(pool.totals.assigned)

    @admin.display(description=gettext_lazy("Copied"))
    def copied(self, pool: Any) -> SafeString | str:
        """Show how many of those they have copied."""
        return shown_total(pool.totals.copied)

    @admin.display(description=gettext_lazy("used"))
    def used(self, pool: Any) -> SafeString | str:
        """Show how many friends have used."""
        return shown_total(pool.totals.used)

    @admin.display(description=gettext_lazy("withdrawn"))
    def withdrawn(self, pool: Any) -> SafeString | str:
        """Show how many were withdrawn."""
        return shown_total(pool.totals.withdrawn)

    @admin.display(description=gettext_lazy("waiting advocates"))
    def waiting(self, pool: Any) -> SafeString | str:
        """Show how many advocates wait for codes."""
        return shown_total(pool.totals.waiting)

    @admin.display(description="")
    def upload(self, pool: Any) -> SafeString | str:
        """Lead to the upload of codes."""
        url = upload_url(pool)
        return format_html('<a class="button button--small" href="{}">{}</a>', url, _("Upload Codes")) if url else ""

    def get_list_display(self, request: HttpRequest) -> Any:
        """Leave out the upload for who may not."""
        return self.list_display if request.user.has_perm(ADD) else self.list_display[:-1]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the list that knows where the codes are."""
        return PoolChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[CodePool]:
        """Return the pools with their programs."""
        return super().get_queryset(request).select_related("program", "fallback")

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer the upload."""
        action = upload_action(request)
        return (action,) if action else ()

    def detail_header(self, request: HttpRequest, obj: CodePool) -> DetailHeader:
        """Say whose codes these are and how they work."""
        return DetailHeader(
            title=obj.program.name,
            badges=(pool_badge(obj),),
            facts=(
                Fact(_("Kind"), obj.get_kind_display()),
                Fact(_("Codes for each advocate"), obj.codes_each),
                Fact(_("Switched on"), day(obj.switched_on_at)),
            ),
        )

    def detail_actions(self, request: HttpRequest, obj: CodePool) -> Sequence[Action]:
        """Offer the upload, and the way to the program's rules."""
        rules = Action(
            _("Program Rules"), reverse("admin:programs_program_change", args=[obj.program_id]), icon="rules"
        )
        action = upload_action(request, obj)
        return (rules, action) if action else (rules,)
