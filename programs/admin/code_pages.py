"""The pages on which a participant joins a program and gets codes."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.clock import now
from advocate.lib.panels import TabLink
from programs.admin.form_layout import laid_out
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from programs.code_sources import CodeSource, code_sources
from programs.models import Participant


def add_code_view(request: HttpRequest, participant_id: int) -> HttpResponse:
    """Give a participant a code in one of the ways that there are."""
    sources = _offered(request)
    participant = get_object_or_404(Participant, pk=participant_id)
    source = next((each for each in sources if each.key == request.GET.get("by", "")), None) or sources[0]
    form = source.form(
        form_data(request), programs=source.programs(), initial={"program": request.GET.get("program", "")}
    )

    def submit() -> str:
        code = source.give(
            participant=participant,
            program=form.cleaned_data["program"],
            answers=form.cleaned_data,
            by=actor_of(request),
            at=now(),
        )
        messages.success(request, _("%(name)s has the code %(code)s now.") % {"name": participant, "code": code})
        return codes_of(participant.pk)

    page = code_page(participant, title=_("Add referral code"), button=_("Add referral code"), lead=str(source.lead))
    response = form_page(request, page=page, form=form, submit=submit)
    return laid_out(response, "programs/add_code.html", tabs=_ways(sources, source))


def code_page(participant: Participant, *, title: str, button: str, lead: str = "", danger: bool = False) -> FormPage:
    """Return what stands around a form about a participant's codes."""
    return FormPage(
        title=f"{title}: {participant}",
        list_title=_("Participants"),
        list_url=reverse("admin:programs_participant_changelist"),
        button=button,
        cancel_url=codes_of(participant.pk),
        object_title=str(participant),
        lead=lead,
        danger=danger,
    )


def codes_of(participant_id: int) -> str:
    """Return the address of the tab "Codes and links" of a participant."""
    return reverse("admin:programs_participant_change", args=[participant_id]) + "?tab=codes"


def require(request: HttpRequest, permission: str) -> None:
    """
    Refuse who lacks a permission.

    :raises PermissionDenied: if they do
    """
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _offered(request: HttpRequest) -> list[CodeSource]:
    allowed = [source for source in code_sources() if request.user.has_perm(source.permission)]
    if not allowed:
        raise PermissionDenied
    offered = [source for source in allowed if source.programs().exists()]
    if not offered:
        raise Http404(_("There is no program yet."))
    return offered


def _ways(sources: list[CodeSource], chosen: CodeSource) -> list[TabLink]:
    if len(sources) == 1:
        return []
    return [TabLink(each.key, each.label, f"?by={each.key}", current=each is chosen) for each in sources]
