from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import login, views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import UpdateView
from django.views.i18n import set_language as set_language_cookie

from advocate.lib.clock import now
from team import links, operations
from team.forms import AcceptInvitationForm, NewPasswordForm, OwnPasswordForm, ProfileForm, ResetRequestForm
from team.models import User

BACKEND = "team.login.PasswordBackend"


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Switch the language of the pages, and of the member's mails where somebody is logged in."""
    answer = set_language_cookie(request)
    language = request.POST.get("language", "")
    if isinstance(request.user, User) and language in dict(settings.LANGUAGES):
        operations.change_own_language(member=request.user, language=language, at=now())
    return answer


class _Gate:
    """Give a page outside of the back office what its frame shows."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        return {**admin.site.each_context(self.request), **context}  # type: ignore[attr-defined]


class ResetRequestView(_Gate, views.PasswordResetView):
    """Ask for the address that a link goes to."""

    form_class = ResetRequestForm  # type: ignore[assignment]  # a form that saves a request instead of mailing
    title = gettext_lazy("Choose a new password")


class ResetRequestedView(_Gate, views.PasswordResetDoneView):
    """Say the same whoever's address it was."""

    title = gettext_lazy("Look at your mail")


class _LinkView(_Gate, views.PasswordResetConfirmView):
    """A page behind a mailed link: the token moves to the session first, so that no referrer carries it on."""

    user: User | None

    def get_form(self, form_class: Any = None) -> Any:
        form: Any = super().get_form(form_class)
        form.token = self.request.session.get(views.INTERNAL_RESET_SESSION_TOKEN, "")
        return form

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            return super().form_valid(form)
        except operations.LinkNotValid as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)


class ResetConfirmView(_LinkView):
    """Choose the new password."""

    form_class = NewPasswordForm
    token_generator = links.PASSWORD_RESET
    title = gettext_lazy("Choose a new password")


class ResetCompleteView(_Gate, views.PasswordResetCompleteView):
    """Say that the new password works."""

    title = gettext_lazy("Your new password is set")


class AcceptInvitationView(_LinkView):
    """Choose name and password, and be in."""

    form_class = AcceptInvitationForm
    token_generator = links.INVITATION
    template_name = "registration/accept_invitation.html"
    reset_url_token = "choose"  # noqa: S105  # a word of the address, no secret
    success_url = reverse_lazy("admin:index")
    title = gettext_lazy("Welcome to the team")

    def get_initial(self) -> dict[str, Any]:
        """Offer the name that the inviter gave; a link that names nobody has none."""
        return {"name": self.user.name if self.user else ""}

    def form_valid(self, form: Any) -> HttpResponse:
        """Log the new member in: holding the link and choosing the password is proof enough."""
        answer = super().form_valid(form)
        if not form.errors:
            login(self.request, form.user, backend=BACKEND)
            messages.success(self.request, _("Welcome. You are logged in."))
        return answer


class ProfileView(_Gate, UpdateView):  # type: ignore[type-arg]  # not subscriptable when it runs
    """Show and change what a member says about themselves."""

    form_class = ProfileForm
    template_name = "team/profile.html"
    success_url = reverse_lazy("own_profile")
    extra_context = {"title": gettext_lazy("Your profile")}

    def get_object(self, queryset: Any = None) -> User:
        """Return the member who asks, read anew: a refused form must not change the name in the page's head."""
        return User.objects.get(pk=self.request.user.pk or 0)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Name the member as the template does."""
        return {**super().get_context_data(**kwargs), "member": self.request.user}

    def form_valid(self, form: Any) -> HttpResponse:
        """Say so, in the language just chosen when the next page comes."""
        answer = super().form_valid(form)
        messages.success(self.request, _("Your profile is saved."))
        return answer


class OwnPasswordView(_Gate, views.PasswordChangeView):
    """Change one's own password."""

    form_class = OwnPasswordForm
    success_url = reverse_lazy("own_profile")
    title = gettext_lazy("Change password")

    def form_valid(self, form: Any) -> HttpResponse:
        """Keep this session, and say so."""
        answer = super().form_valid(form)
        messages.success(self.request, _("Your password is changed. Other browsers were logged out."))
        return answer
