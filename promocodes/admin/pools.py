from __future__ import annotations

from collections.abc import Sequence

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, DetailHeader, Fact, badge, day, person
from promocodes.admin.section import ManagerPart
from promocodes.badges import pool_badge
from promocodes.models import CodePool

ADD = "promocodes.add_promocode"


def upload_action(request: HttpRequest, pool: CodePool | None = None, *, primary: bool = True) -> Action | None:
    """Return the button that leads to the upload of codes, for who may upload."""
    if not request.user.has_perm(ADD):
        return None
    try:
        url = reverse("admin:promocodes_upload")
    except NoReverseMatch:
        return None
    url = f"{url}?program={pool.program_id}" if pool else url
    return Action(_("Upload Codes"), url, primary=primary, icon="upload")


@admin.register(CodePool)
class CodePoolAdmin(ManagerPart[CodePool]):
    """Each program's stock of codes, and where its codes are."""

    page_lead = gettext_lazy("Each program's promo codes: how many are left, who has them, and which were used.")
    list_display = ("program_name", "state")
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
        """Show the program with the kind of its codes."""
        return person(pool.program.name, pool.get_kind_display())

    @admin.display(description=gettext_lazy("status"))
    def state(self, pool: CodePool) -> SafeString:
        """Show whether advocates get codes."""
        shown = pool_badge(pool)
        return badge(shown.label, shown.kind)

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
