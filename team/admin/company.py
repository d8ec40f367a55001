from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from advocate.lib.admin import ThemedModelAdmin
from team.audit import Actor
from team.forms import CompanyForm
from team.models import Company, User
from team.queries import company, history_of


@admin.register(Company)
class CompanyAdmin(ThemedModelAdmin[Company]):
    """Settings → General: one page, because there is one company."""

    def get_urls(self) -> list[URLPattern]:
        """Offer the one page."""
        return [path("", self.admin_site.admin_view(self.general_view), name="team_company_change")]

    def general_view(self, request: HttpRequest) -> HttpResponse:
        """Show and change what holds for the whole company."""
        if not isinstance(request.user, User) or not request.user.has_perm("team.change_company"):
            raise PermissionDenied
        form = CompanyForm(request.POST or None, instance=company())
        if request.method == "POST" and form.is_valid():
            form.save_changes(by=Actor.of(request.user))
            messages.success(request, _("The settings are saved."))
            return HttpResponseRedirect(request.path)
        context = {
            **self.admin_site.each_context(request),
            "title": _("General"),
            "opts": self.opts,
            "form": form,
            "entries": history_of(object_type="team.company", object_id=str(Company.ONLY_ID), limit=1),
        }
        return TemplateResponse(request, "team/company.html", context)
