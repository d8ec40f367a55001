"""The pages on which a participant joins a program and gets codes, and those that change a code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from advocate.lib.admin.parts import Text
from advocate.lib.clock import now
from advocate.lib.panels import TabLink
from programs.admin.form_layout import laid_out
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from programs.code_sources import CodeSource, code_sources
from programs.forms import EditCodeForm, JoinForm
from programs.models import Participant, ReferralCode
from programs.operations import disable_code, edit_referral_code, enable_code, join_program, make_primary
from programs.queries import programs_to_join

ADD = "programs.add_referralcode"
CHANGE = "programs.change_referralcode"


@dataclass(frozen=True, slots=True)
class CodeMove:
    """A change of a code that only needs a yes: what is asked before, and what is said after it."""

    key: str
    operation: Callable[..., bool]
    title: Text
    lead: Text
    button: Text
    done: Text
    danger: bool = False


MOVES = (
    CodeMove(
        key="make-primary",
        operation=make_primary,
        title=gettext_lazy("Make %(code)s the primary code?"),
        lead=gettext_lazy("They see and share it from now on. The one they have now works on as a secondary code."),
        button=gettext_lazy("Make primary"),
        done=gettext_lazy("%(code)s is the primary code now."),
    ),
    CodeMove(
        key="disable",
        operation=disable_code,
        title=gettext_lazy("Disable %(code)s?"),
        lead=gettext_lazy("Nobody is credited for it any more. Its links go on leading to the landing page."),
        button=gettext_lazy("Disable code"),
        done=gettext_lazy("%(code)s is disabled."),
        danger=True,
    ),
    CodeMove(
        key="enable",
        operation=enable_code,
        title=gettext_lazy("Enable %(code)s?"),
        lead=gettext_lazy("It works again as a secondary code, from now on."),
        button=gettext_lazy("Enable code"),
        done=gettext_lazy("%(code)s works again."),
    ),
)


def code_urls(view: Callable[..., Callable[..., HttpResponse]]) -> list[URLPattern]:
    """Return the pages' addresses below that of the participants' list, each behind ``view``, the admin's gate."""
    code = "codes/<int:referral_code_id>"
    return [
        path("<int:participant_id>/join/", view(join_view), name="programs_participant_join"),
        path("<int:participant_id>/add-code/", view(add_code_view), name="programs_participant_add_code"),
        path(f"{code}/edit/", view(edit_code_view), name="programs_code_edit"),
        *(
            path(f"{code}/{move.key}/", view(partial(move_view, move=move)), name=f"programs_code_{move.key}")
            for move in MOVES
        ),
    ]


def join_view(request: HttpRequest, participant_id: int) -> HttpResponse:
    """Let a participant join a program."""
    _require(request, ADD)
    participant = get_object_or_404(Participant, pk=participant_id)
    programs = programs_to_join(participant)
    if not programs.exists():
        messages.info(request, _("%(name)s is in every program already.") % {"name": participant})
        return HttpResponseRedirect(_codes_of(participant.pk))
    form = JoinForm(form_data(request), programs=programs)

    def submit() -> str:
        program = form.cleaned_data["program"]
        code = join_program(
            participant=participant,
            program=program,
            code=form.cleaned_data["code"],
            by=actor_of(request),
            at=now(),
        )
        text = _("%(name)s is in “%(program)s” now, with the code %(code)s.")
        messages.success(request, text % {"name": participant, "program": program, "code": code})
        return _codes_of(participant.pk)

    lead = _("They get a code and a share link of the program.")
    page = _page(participant, title=_("Add to program"), button=_("Add to program"), lead=lead)
    return form_page(request, page=page, form=form, submit=submit)


def add_code_view(request: HttpRequest, participant_id: int) -> HttpResponse:
    """Give a participant a code in one of the ways that there are."""
    sources = _offered(request)
    participant = get_object_or_404(Participant, pk=participant_id)
    source = next((each for each in sources if each.key == request.GET.get("by", "")), sources[0])
    chosen = {"program": request.GET.get("program", "")}
    form = source.form(form_data(request), programs=source.programs(), initial=chosen)

    def submit() -> str:
        code = source.give(
            participant=participant,
            program=form.cleaned_data["program"],
            answers=form.cleaned_data,
            by=actor_of(request),
            at=now(),
        )
        messages.success(request, _("%(name)s has the code %(code)s now.") % {"name": participant, "code": code})
        return _codes_of(participant.pk)

    page = _page(participant, title=_("Add referral code"), button=_("Add referral code"), lead=source.lead)
    response = form_page(request, page=page, form=form, submit=submit)
    return laid_out(response, "programs/add_code.html", tabs=_ways(sources, source))


def edit_code_view(request: HttpRequest, referral_code_id: int) -> HttpResponse:
    """Put another code in a code's place."""
    code = _changeable(request, referral_code_id)
    form = EditCodeForm(form_data(request), code=code.code)

    def submit() -> str:
        edited = edit_referral_code(
            code=code,
            to=form.cleaned_data["code"],
            keeps_old=form.cleaned_data["keeps_old"],
            keeps_links=form.cleaned_data["keeps_links"],
            by=actor_of(request),
            at=now(),
        )
        if edited.code == code.code:
            messages.info(request, _("Nothing was changed."))
        else:
            text = _("%(new)s took the place of %(old)s.")
            messages.success(request, text % {"new": edited.code, "old": code.code})
        return _codes_of(code.participant_id)

    lead = _("In the program “%(program)s”.") % {"program": code.program}
    page = _page(code.participant, title=_("Edit code"), button=_("Save"), lead=lead)
    return form_page(request, page=page, form=form, submit=submit)


def move_view(request: HttpRequest, referral_code_id: int, *, move: CodeMove) -> HttpResponse:
    """Ask whether to change a code, and change it."""
    code = _changeable(request, referral_code_id)
    form = forms.Form(form_data(request))
    named = {"code": code.code}

    def submit() -> str:
        if move.operation(code=code, by=actor_of(request), at=now()):
            messages.success(request, move.done % named)
        else:
            messages.info(request, _("Nothing was changed."))
        return _codes_of(code.participant_id)

    page = _page(
        code.participant, title=str(move.title % named), button=str(move.button), lead=move.lead, danger=move.danger
    )
    return form_page(request, page=page, form=form, submit=submit)


def _page(participant: Participant, *, title: str, button: str, lead: Text, danger: bool = False) -> FormPage:
    return FormPage(
        title=title,
        list_title=_("Participants"),
        list_url=reverse("admin:programs_participant_changelist"),
        button=button,
        cancel_url=_codes_of(participant.pk),
        object_title=str(participant),
        lead=lead,
        danger=danger,
    )


def _codes_of(participant_id: int) -> str:
    return reverse("admin:programs_participant_change", args=[participant_id]) + "?tab=codes"


def _require(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _changeable(request: HttpRequest, referral_code_id: int) -> ReferralCode:
    _require(request, CHANGE)
    return get_object_or_404(ReferralCode.objects.select_related("participant", "program"), pk=referral_code_id)


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
