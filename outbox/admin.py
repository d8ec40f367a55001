from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import formats
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_info, ngettext
from django.utils.translation import gettext_lazy as _

from advocate.lib.admin import Action, Badge, DetailHeader, Fact, ThemedModelAdmin, badge, instant, mono
from advocate.lib.admin.parts import Kind
from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from outbox import operations, queries
from outbox.forms import TestEmailForm
from outbox.models import Email
from outbox.preview import preview
from team.audit import Actor

KINDS: dict[str, Kind] = {
    Email.Status.PENDING: "info",
    Email.Status.SENDING: "info",
    Email.Status.SENT: "success",
    Email.Status.FAILED: "danger",
}


@admin.register(Email)
class EmailAdmin(ThemedModelAdmin[Email]):
    """The Email log: every mail with its links, for those with full access because a link may log somebody in."""

    page_title = _("Email log")
    page_lead = _("Every e-mail that Advocate wrote, with its links, newest first.")
    list_display = ("subject_or_dash", "to", "status_badge", "written", "attempts")
    list_display_links = ("subject_or_dash",)
    list_filter = ("status", "language", "created_at")
    search_fields = ("to", "subject")
    search_help_text = _("Address or subject")
    ordering = ("-created_at", "-id")
    numeric_columns: ClassVar[Sequence[str]] = ("attempts",)
    empty_icon = "mail"
    empty_title = _("No e-mails yet")
    empty_text = _("Invitations, password resets and notices about imports and reports appear here.")
    actions = ("retry_selected",)
    change_list_template = "outbox/email_list.html"
    detail_page = "email"
    exclude = ("key", "lease_token", "lease_until")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: e-mails are written with the change that they tell of."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Email | None = None) -> bool:
        """Refuse: an e-mail stays as it was written."""
        return False

    @admin.display(description=_("subject"), ordering="subject")
    def subject_or_dash(self, email: Email) -> str:
        """Show the subject, or that there is none."""
        return email.subject or "–"

    @admin.display(description=_("status"), ordering="status")
    def status_badge(self, email: Email) -> SafeString:
        """Show whether it was sent, in a badge."""
        return badge(email.get_status_display(), KINDS.get(email.status, "neutral"))

    @admin.display(description=_("written"), ordering="created_at")
    def written(self, email: Email) -> SafeString:
        """Show when it was written."""
        return instant(email.created_at)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Say whether a colleague may send e-mails again."""
        return bool(request.user.has_perm("outbox.retry_email"))

    @admin.action(description=_("Send again"), permissions=["retry"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet[Email]) -> None:
        """Send those again that failed or were kept, and say how many of the others there were."""
        tried = 0
        sent = 0
        for email_id in queryset.values_list("pk", flat=True):
            tried += 1
            try:
                operations.retry_email(email_id=email_id, by=_actor(request), at=now())
            except operations.NotWaitingForRetry:
                continue
            except DomainError as refusal:
                messages.error(request, str(refusal))
                return
            sent += 1
        text = ngettext("%(sent)s e-mail is on its way.", "%(sent)s e-mails are on their way.", sent) % {"sent": sent}
        messages.success(request, text)
        if tried > sent:
            text = _("%(count)s of those you chose had been sent or were waiting already.") % {"count": tried - sent}
            messages.warning(request, text)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Email]:
        """Leave out the bodies where they are not shown: a page of them is megabytes."""
        emails = super().get_queryset(request)
        is_list = request.resolver_match is not None and request.resolver_match.url_name == "outbox_email_changelist"
        return emails.defer("text", "html") if is_list else emails

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Email], search_term: str
    ) -> tuple[QuerySet[Email], bool]:
        """Find by a whole address through its index; parts of an address or subject are in no index."""
        if queries.is_address(search_term):
            return queries.to_address(queryset, search_term), False
        oldest = queries.oldest_searched() if search_term.strip() else None
        if oldest is not None:
            queryset = queryset.filter(created_at__gt=oldest)
            text = _("Only the newest %(number)s e-mails were searched. A whole address finds all mails to it.")
            number = formats.number_format(queries.MOST_SEARCHED, force_grouping=True)
            messages.info(request, text % {"number": number})
        return super().get_search_results(request, queryset, search_term)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that test, show and send again."""
        wrap = self.admin_site.admin_view
        return [
            path("test/", wrap(self.test_view), name="outbox_email_test"),
            path("<int:email_id>/preview/", wrap(self.preview_view), name="outbox_email_preview"),
            path("<int:email_id>/retry/", wrap(self.retry_view), name="outbox_email_retry"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the list, and whether there is a mail server."""
        return super().changelist_view(request, {"has_mail_server": bool(settings.EMAIL_URL), **(extra_context or {})})

    def detail_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an e-mail, whose preview may stand in a frame."""
        show_page = super().detail_view

        @csp_update({"frame-src": [SELF]})
        def show(request: HttpRequest) -> HttpResponse:
            return show_page(request, object_id, extra_context)

        return cast("HttpResponse", show(request))

    def list_actions(self, request: HttpRequest) -> Sequence[Action]:
        """Offer a test e-mail to who may send."""
        if not self.has_retry_permission(request):
            return ()
        return (Action(_("Send a test e-mail"), reverse("admin:outbox_email_test"), icon="mail"),)

    def detail_actions(self, request: HttpRequest, obj: Email) -> Sequence[Action]:
        """Offer to send again what may be, to who may."""
        can_retry = obj.status in queries.RETRYABLE and settings.EMAIL_URL
        if not can_retry or not self.has_retry_permission(request):
            return ()
        return (
            Action(_("Send again"), reverse("admin:outbox_email_retry", args=[obj.pk]), primary=True, icon="refresh"),
        )

    def detail_header(self, request: HttpRequest, obj: Email) -> DetailHeader:
        """Say to whom it is and what came of it."""
        facts = [
            Fact(_("To"), mono(obj.to)),
            Fact(_("Language"), get_language_info(obj.language)["name_local"]),
            Fact(_("Written"), instant(obj.created_at)),
            Fact(_("Attempts"), obj.attempts),
        ]
        if obj.sent_at:
            facts.append(Fact(_("Sent"), instant(obj.sent_at)))
        elif obj.status == Email.Status.PENDING:
            facts.append(Fact(_("Next attempt"), instant(obj.next_attempt_at)))
        status = Badge(obj.get_status_display(), KINDS.get(obj.status, "neutral"))
        return DetailHeader(title=obj.subject, badges=(status,), facts=tuple(facts))

    def preview_view(self, request: HttpRequest, email_id: int) -> HttpResponse:
        """Show the HTML as a mail client would, in a frame that can do nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return preview(request, get_object_or_404(Email, pk=email_id))

    def retry_view(self, request: HttpRequest, email_id: int) -> HttpResponse:
        """Ask, then send again."""
        if not self.has_retry_permission(request):
            raise PermissionDenied
        email = get_object_or_404(Email, pk=email_id)
        if request.method != "POST":
            return self._page(request, "outbox/retry_email.html", title=_("Send this e-mail again?"), email=email)
        try:
            operations.retry_email(email_id=email_id, by=_actor(request), at=now())
        except DomainError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The e-mail to %(to)s is on its way.") % {"to": email.to})
        return HttpResponseRedirect(self.detail_url(email))

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Send a mail that proves that mails come through."""
        if not self.has_retry_permission(request):
            raise PermissionDenied
        form = TestEmailForm(request.POST or None, initial={"to": _actor(request).label})
        if request.method != "POST" or not form.is_valid():
            return self._page(request, "outbox/test_email.html", title=_("Send a test e-mail"), form=form)
        operations.owe_test_email(
            by=_actor(request),
            to=form.cleaned_data["to"],
            language=get_language() or settings.LANGUAGE_CODE,
            time_zone="",
            at=now(),
        )
        messages.success(request, _("The test e-mail to %(to)s is in the log.") % {"to": form.cleaned_data["to"]})
        return HttpResponseRedirect(reverse("admin:outbox_email_changelist"))

    def _page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        has_mail_server = {"has_mail_server": bool(settings.EMAIL_URL)}
        return TemplateResponse(
            request, template, {**self.admin_site.each_context(request), **has_mail_server, **context}
        )


def _actor(request: HttpRequest) -> Actor:
    user: Any = request.user
    return Actor.of(user)
