from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin import Action, Badge, DetailHeader, Fact, ThemedModelAdmin, badge, dash, instant, mono, person
from advocate.lib.admin.parts import Text
from advocate.lib.clock import now
from jobs.types import imports_bringing
from programs.admin.code_pages import code_urls
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from programs.forms import AddParticipantForm, EditParticipantForm, OptionalReasonForm, ReasonForm
from programs.models import Participant
from programs.operations import add_participant, block_participant, change_participant, unblock_participant
from programs.queries import programs_in_order, referrals_received, search_participants
from programs.search import MORE_PEOPLE

BLOCK_LEAD = gettext_lazy("Their codes and links stop working and nobody is credited for them. Rewards they hold stay.")
REFERRERS_NAMED = 2
UNBLOCK_LEAD = gettext_lazy("Their codes and links work again, from now on.")


class BlockedFilter(admin.SimpleListFilter):
    """Show who is blocked, or who is not."""

    title = gettext_lazy("status")
    parameter_name = "blocked"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin[Any]) -> list[tuple[str, Any]]:
        """Return the two choices besides everyone."""
        return [("no", gettext_lazy("Active")), ("yes", gettext_lazy("Blocked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Participant]) -> QuerySet[Participant]:
        """Return the participants chosen."""
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(date_blocked__isnull=self.value() == "no")


@admin.register(Participant)
class ParticipantAdmin(ThemedModelAdmin[Participant]):
    """The list of participants and each one's page."""

    page_lead = gettext_lazy("Everyone who shares, was referred, or holds a reward.")
    list_display = ("person", "user", "account", "added")
    list_display_links = ("person",)
    list_filter = (BlockedFilter,)
    ordering = ("-created_at", "-id")
    sortable_by = ("added",)
    search_fields = ("search_terms__term",)  # shows the field; get_search_results does the search
    search_help_text = gettext_lazy("Name, e-mail, ID or referral code")
    empty_title = gettext_lazy("No participants yet")
    empty_text = gettext_lazy("Add one by hand, import a file, or let your shop send them through the API.")
    empty_icon = "participants"
    cut_text = MORE_PEOPLE
    detail_page = "participant"
    detail_only = True
    detail_template = "programs/participant.html"

    @admin.display(description=gettext_lazy("name and e-mail"))
    def person(self, participant: Participant) -> SafeString:
        """Show the name, or what comes closest to one, and what a colleague must know, above the address."""
        name = str(participant)
        flags = format_html_join(" ", "{}", ((badge(flag.label, flag.kind),) for flag in flags_of(participant)))
        return person(format_html("{} {}", name, flags), participant.email if participant.email != name else "")

    @admin.display(description=gettext_lazy("user ID"))
    def user(self, participant: Participant) -> SafeString:
        """Show the user ID, each character as it is."""
        return mono(participant.user_id)

    @admin.display(description=gettext_lazy("account ID"))
    def account(self, participant: Participant) -> SafeString:
        """Show the account ID, each character as it is."""
        return mono(participant.account_id)

    @admin.display(description=gettext_lazy("date added"), ordering="created_at")
    def added(self, participant: Participant) -> SafeString:
        """Show since when the participant is known."""
        return instant(participant.created_at)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Participant], search_term: str
    ) -> tuple[QuerySet[Participant], bool]:
        """Search by the index of words instead of a scan with LIKE."""
        return self.shown(request, search_participants(search_term, among=queryset))

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer to add participants, one or a whole file, to who may."""
        page = reverse("admin:jobs_job_import")
        imports = [
            Action(_("Import %(what)s") % {"what": kind.label}, f"{page}?type={kind.slug}", icon="upload")
            for kind in imports_bringing(Participant, request.user)
        ]
        if not self.has_add_permission(request):
            return imports
        return (*imports, Action(_("Add Participant"), self._url("add"), primary=True, icon="plus"))

    def detail_header(self, request: HttpRequest, obj: Participant) -> DetailHeader:
        """Say who it is, with the ids to copy."""
        place = " · ".join(part for part in (obj.locale, obj.country_code) if part)
        referred = referred_by(obj) if request.user.has_perm("programs.view_referral") else None
        return DetailHeader(
            title=str(obj),
            subtitle=obj.email if obj.email != str(obj) else "",
            badges=tuple(flags_of(obj)),
            facts=(
                Fact(_("User ID"), copyable(obj.user_id)),
                Fact(_("Account ID"), copyable(obj.account_id)),
                Fact(_("Date added"), instant(obj.created_at)),
                Fact(_("Locale and country"), place or dash()),
                *((Fact(_("Referred by"), referred),) if referred else ()),
            ),
        )

    def detail_actions(self, request: HttpRequest, obj: Participant) -> Sequence[Action]:
        """Offer what changes the participant's standing, to who may do it."""
        actions = []
        if request.user.has_perm("programs.add_referralcode"):
            actions.append(Action(_("Add to program"), self._url("join", obj.pk), icon="plus"))
        if not self.has_change_permission(request, obj):
            return actions
        if obj.is_blocked:
            unblock = Action(_("Unblock"), self._url("unblock", obj.pk), icon="undo", dialog="unblock-dialog")
            return [*actions, unblock]
        block = Action(_("Block"), self._url("block", obj.pk), danger=True, icon="ban", dialog="block-dialog")
        return [*actions, block]

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that block and unblock."""
        view = self.admin_site.admin_view
        return [
            path("<int:participant_id>/block/", view(self.block_view), name="programs_participant_block"),
            path("<int:participant_id>/unblock/", view(self.unblock_view), name="programs_participant_unblock"),
            *code_urls(view),
            *super().get_urls(),
        ]

    def detail_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the participant, with the questions that the buttons ask."""
        questions = {
            "can_change": self.has_change_permission(request),
            "block_form": ReasonForm(auto_id="block_%s"),
            "block_lead": BLOCK_LEAD,
            "unblock_form": OptionalReasonForm(auto_id="unblock_%s"),
            "unblock_lead": UNBLOCK_LEAD,
        }
        return super().detail_view(request, object_id, questions | (extra_context or {}))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add a participant by hand."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = AddParticipantForm(form_data(request), programs=programs_in_order())

        def submit() -> str:
            ids = {name: form.cleaned_data[name] for name in ("account_id", "user_id")}
            added = add_participant(
                **ids,
                profile=form.profile(),
                programs=form.cleaned_data["programs"],
                by=actor_of(request),
                at=now(),
            )
            messages.success(request, _("%(name)s was added.") % {"name": added})
            return self.detail_url(added)

        page = self._page(_("Add Participant"), button=_("Add Participant"))
        return form_page(request, page=page, form=form, submit=submit)

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change a participant's profile."""
        participant = self._changeable(request, unquote(object_id))
        form = EditParticipantForm(form_data(request), initial=EditParticipantForm.initial_of(participant))

        def submit() -> str:
            profile = form.profile(of=participant)
            change_participant(
                participant=participant, profile=profile, seen_at=form.seen_at(), by=actor_of(request), at=now()
            )
            messages.success(request, _("The changes were saved."))
            return self.detail_url(participant)

        page = self._page(_("Edit %(name)s") % {"name": participant}, button=_("Save"), participant=participant)
        return form_page(request, page=page, form=form, submit=submit)

    def block_view(self, request: HttpRequest, participant_id: int) -> HttpResponse:
        """Ask for the reason of a block, and block."""
        participant = self._changeable(request, participant_id)
        form = ReasonForm(form_data(request))

        def submit() -> str:
            reason = form.cleaned_data["reason"]
            if block_participant(participant=participant, reason=reason, by=actor_of(request), at=now()):
                messages.success(request, _("%(name)s was blocked.") % {"name": participant})
            else:
                messages.info(request, _("%(name)s was blocked already.") % {"name": participant})
            return self.detail_url(participant)

        title = _("Block %(object)s?") % {"object": participant}
        button = _("Block participant")
        page = self._page(title, button=button, participant=participant, lead=BLOCK_LEAD, danger=True)
        return form_page(request, page=page, form=form, submit=submit)

    def unblock_view(self, request: HttpRequest, participant_id: int) -> HttpResponse:
        """Ask whether to undo a block, and undo it."""
        participant = self._changeable(request, participant_id)
        form = OptionalReasonForm(form_data(request))

        def submit() -> str:
            reason = form.cleaned_data["reason"]
            if unblock_participant(participant=participant, reason=reason, by=actor_of(request), at=now()):
                messages.success(request, _("%(name)s is no longer blocked.") % {"name": participant})
            else:
                messages.info(request, _("%(name)s was not blocked.") % {"name": participant})
            return self.detail_url(participant)

        title = _("Unblock %(object)s?") % {"object": participant}
        page = self._page(title, button=_("Unblock participant"), participant=participant, lead=UNBLOCK_LEAD)
        return form_page(request, page=page, form=form, submit=submit)

    def _changeable(self, request: HttpRequest, participant_id: object) -> Participant:
        participant = self.get_object(request, str(participant_id))
        if participant is None:
            raise Http404
        if not self.has_change_permission(request, participant):
            raise PermissionDenied
        return participant

    def _page(
        self, title: str, *, button: str, participant: Participant | None = None, lead: Text = "", danger: bool = False
    ) -> FormPage:
        list_url = self._url("changelist")
        return FormPage(
            title=title,
            list_title=_("Participants"),
            list_url=list_url,
            object_title="" if participant is None else str(participant),
            button=button,
            cancel_url=list_url if participant is None else self.detail_url(participant),
            lead=lead,
            danger=danger,
        )


def flags_of(participant: Participant) -> list[Badge]:
    """Return what a colleague must know before anything else."""
    flags = []
    if participant.is_blocked:
        flags.append(Badge(_("Blocked"), "danger"))
    if not participant.referable:
        flags.append(Badge(_("Not referable"), "warning"))
    return flags


def referred_by(participant: Participant) -> SafeString | None:
    """Return who referred a participant, in the programs of late; nothing where nobody has."""
    latest = list(referrals_received(participant)[: REFERRERS_NAMED + 1])
    named = {one.referrer_id: one.referrer for one in latest[:REFERRERS_NAMED]}
    if not named:
        return None
    urls = ((reverse("admin:programs_participant_change", args=[pk]), referrer) for pk, referrer in named.items())
    links = format_html_join(", ", '<a href="{}">{}</a>', urls)
    return format_html("{}, …", links) if len(latest) > REFERRERS_NAMED else links


def copyable(text: str) -> SafeString:
    """Return an id with a button that copies it."""
    return SafeString(render_to_string("components/copy.html", {"text": text, "shown": text}))
