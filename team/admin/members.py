from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from advocate.lib.admin import Action, Badge, DetailHeader, Fact, ThemedModelAdmin, badge, dash, instant, person
from advocate.lib.admin.parts import Kind
from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from team import operations
from team.audit import Actor
from team.forms import InviteForm, RoleForm
from team.models import Role, User

STATUS_KINDS: dict[User.Status, Kind] = {
    User.Status.INVITED: "info",
    User.Status.ACTIVE: "success",
    User.Status.DEACTIVATED: "neutral",
}
Operation = Callable[..., None]


class StatusFilter(admin.SimpleListFilter):
    """Find members by where they stand."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the three places where a member can stand."""
        return list(User.Status.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """Return the members that stand there."""
        wanted = {
            User.Status.INVITED: {"is_active": True, "joined_at__isnull": True},
            User.Status.ACTIVE: {"is_active": True, "joined_at__isnull": False},
            User.Status.DEACTIVATED: {"is_active": False},
        }
        return queryset.filter(**wanted.get(self.value(), {}))  # type: ignore[call-overload]


@admin.register(User)
class UserAdmin(ThemedModelAdmin[User]):
    page_title = gettext_lazy("Team")
    page_lead = gettext_lazy("Who may log in here, and what each of them may do.")
    list_display = ("who", "role_badge", "status_badge", "seen")
    list_filter = ("role", StatusFilter)
    search_fields = ("name", "email")
    search_help_text = gettext_lazy("Name or e-mail")
    ordering = ("name", "email")
    detail_page = "member"

    def get_urls(self) -> list[URLPattern]:
        """Offer the pages of a team: there is no form that edits everything, and no deletion."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="team_user_changelist"),
            path("add/", wrap(self.invite_view), name="team_user_add"),
            path("<int:member_id>/change/", wrap(self.member_view), name="team_user_change"),
            path("<int:member_id>/role/", wrap(require_POST(self.role_view)), name="team_user_role"),
            path("<int:member_id>/deactivate/", wrap(self.deactivate_view), name="team_user_deactivate"),
            path("<int:member_id>/reactivate/", wrap(require_POST(self.reactivate_view)), name="team_user_reactivate"),
            path("<int:member_id>/invitation/", wrap(require_POST(self.resend_view)), name="team_user_resend"),
        ]

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse Django's own form: each change is an action with rules of its own."""
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Allow the filters on the page and nothing that could feel its way along a password's digest."""
        return lookup in {"role__exact", "status"}

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer to invite somebody."""
        if not self.has_add_permission(request):
            return ()
        return (Action(_("Invite member"), self._url("add"), primary=True, icon="plus"),)

    @admin.display(description=gettext_lazy("Member"), ordering="name")
    def who(self, member: User) -> SafeString:
        """Show the name above the address, or the address alone."""
        return person(member.name or member.email, member.email if member.name else "")

    @admin.display(description=gettext_lazy("Role"), ordering="role")
    def role_badge(self, member: User) -> SafeString:
        """Show the role, in a badge."""
        return badge(member.get_role_display(), "info" if member.role == Role.FULL_ACCESS else "neutral")

    @admin.display(description=gettext_lazy("Status"))
    def status_badge(self, member: User) -> SafeString:
        """Show whether they may log in, in a badge."""
        return badge(member.status.label, STATUS_KINDS[member.status])

    @admin.display(description=gettext_lazy("Last login"), ordering="last_login")
    def seen(self, member: User) -> SafeString:
        """Show when they last logged in, if ever."""
        return instant(member.last_login) if member.last_login else dash()

    def detail_header(self, request: HttpRequest, obj: User) -> DetailHeader:
        """Say who they are and where they stand."""
        return DetailHeader(
            title=str(obj),
            subtitle=obj.email if obj.name else "",
            badges=(Badge(obj.get_role_display()), Badge(obj.status.label, STATUS_KINDS[obj.status])),
            facts=(
                Fact(_("Invited"), instant(obj.invited_at)),
                Fact(_("Joined"), instant(obj.joined_at)),
                Fact(_("Last login"), instant(obj.last_login)),
            ),
        )

    def member_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Show a member."""
        return self.detail_view(request, str(member_id))

    def invite_view(self, request: HttpRequest) -> HttpResponse:
        """Invite somebody by e-mail."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = InviteForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                member = form.save(by=_actor(request))
            except DomainError as refusal:
                form.add_error("email", str(refusal))
            else:
                messages.success(request, _("An invitation goes to %(email)s.") % {"email": member.email})
                return HttpResponseRedirect(self._url("change", member.pk))
        return self._page(request, "team/invite.html", title=_("Invite member"), form=form)

    def role_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Give a member another role."""
        self._member(request, member_id)
        form = RoleForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Choose one of the four roles."))
            return HttpResponseRedirect(self._url("change", member_id))
        return self._act(
            request, member_id, operations.change_role, _("The role is changed."), role=Role(form.cleaned_data["role"])
        )

    def deactivate_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Ask, then take a member's access away."""
        if request.method == "POST":
            return self._act(request, member_id, operations.deactivate_member, _("The member is deactivated."))
        member = self._member(request, member_id)
        return self._page(
            request, "team/deactivate.html", title=_("Deactivate %(name)s?") % {"name": member}, member=member
        )

    def reactivate_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Let a deactivated member in again."""
        return self._act(request, member_id, operations.reactivate_member, _("The member can log in again."))

    def resend_view(self, request: HttpRequest, member_id: int) -> HttpResponse:
        """Mail an invited member a new link."""
        return self._act(
            request,
            member_id,
            operations.resend_invitation,
            _("A new invitation is on its way; the older link is void."),
        )

    def _act(
        self, request: HttpRequest, member_id: int, operation: Operation, done: str, **arguments: Any
    ) -> HttpResponse:
        member = self._member(request, member_id)
        try:
            operation(member=member, by=_actor(request), at=now(), **arguments)
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return HttpResponseRedirect(self._url("change", member_id))

    def _member(self, request: HttpRequest, member_id: int) -> User:
        if not request.user.has_perm("team.change_user"):
            raise PermissionDenied
        return get_object_or_404(User, pk=member_id)

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), "opts": self.opts, **context}
        )


def _actor(request: HttpRequest) -> Actor:
    if not isinstance(request.user, User):
        raise PermissionDenied
    return Actor.of(request.user)
