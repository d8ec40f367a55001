"""The pages that make further widgets and microsites, put them away, bring them back, or delete them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.admin import Action
from advocate.lib.clock import now
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from team.models import User
from widget.admin.drafts import DraftPage, display_url
from widget.editor import CHANGE
from widget.forms import NewDisplayForm, NoQuestions
from widget.models import Display
from widget.operations import archive_display, bring_display_back, delete_display, make_display

Kind = Display.Kind


def list_url() -> str:
    """Return the address of Content."""
    return reverse("admin:widget_display_changelist")


def add_actions() -> list[Action]:
    """Return the buttons of the list that add one."""
    microsite = Action(_("Add microsite"), reverse("admin:widget_display_add_microsite"), icon="plus")
    widget = Action(_("Add widget"), reverse("admin:widget_display_add_widget"), primary=True, icon="plus")
    return [microsite, widget]


def add_view(request: HttpRequest, *, kind: str) -> HttpResponse:
    """Ask for what a new one needs, make it, and lead to its page."""
    _need_to_change(request)
    form = NewDisplayForm(form_data(request), kind=kind)

    def submit() -> str:
        program = form.cleaned_data["program"]
        display = make_display(program=program, new=form.new_display(), by=actor_of(request), at=now())
        said = _("“%(name)s” is a draft that nobody sees yet. Arrange it, then publish it.")
        messages.success(request, said % {"name": display.shown_name})
        return display_url(display)

    is_microsite = kind == Kind.MICROSITE
    page = FormPage(
        title=_("Add microsite") if is_microsite else _("Add widget"),
        list_title=_("Content"),
        list_url=list_url(),
        button=_("Add microsite") if is_microsite else _("Add widget"),
        cancel_url=list_url(),
    )
    return form_page(request, page=page, form=form, submit=submit)


def archive_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Ask, and put one away."""
    display = _display(request, display_id)

    def submit() -> str:
        archive_display(display=display, by=actor_of(request), at=now())
        messages.success(request, _("“%(name)s” is archived.") % {"name": display.shown_name})
        return display_url(display, tab="settings")

    lead = _("Participants do not see it any more, pages that embed it stay empty, and nobody works on it.")
    return _question(request, display, _("Archive “%(name)s”?"), _("Archive"), lead, submit, danger=True)


def bring_back_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Ask, and show one again that was put away."""
    display = _display(request, display_id)

    def submit() -> str:
        bring_display_back(display=display, by=actor_of(request), at=now())
        messages.success(request, _("“%(name)s” is back.") % {"name": display.shown_name})
        return display_url(display, tab="settings")

    lead = _("Participants see it again as it was published last.")
    return _question(request, display, _("Bring “%(name)s” back?"), _("Bring back"), lead, submit)


def delete_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Ask, and delete one that nobody ever saw."""
    display = _display(request, display_id)

    def submit() -> str:
        delete_display(display=display, by=actor_of(request), at=now())
        messages.success(request, _("“%(name)s” was deleted.") % {"name": display.shown_name})
        return list_url()

    lead = _("Its draft is lost. It was never published, so no participant has seen it.")
    return _question(request, display, _("Delete “%(name)s”?"), _("Delete"), lead, submit, danger=True)


def _question(
    request: HttpRequest,
    display: Display,
    title: str,
    button: str,
    lead: str,
    submit: Callable[[], str],
    *,
    danger: bool = False,
) -> HttpResponse:
    page = FormPage(
        title=title % {"name": display.shown_name},
        list_title=_("Content"),
        list_url=list_url(),
        object_title=display.shown_name,
        button=button,
        cancel_url=display_url(display, tab="settings"),
        lead=lead,
        danger=danger,
    )
    return form_page(request, page=page, form=NoQuestions(form_data(request)), submit=submit)


def _display(request: HttpRequest, display_id: int) -> Display:
    """Return one that did not come with its program."""
    _need_to_change(request)
    display = get_object_or_404(Display.objects.select_related("program"), pk=display_id)
    if display.is_first:
        raise Http404
    return display


def _need_to_change(request: HttpRequest) -> None:
    if not cast("User", request.user).has_perm(CHANGE):
        raise PermissionDenied


ADDING = (
    DraftPage("add-widget/", partial(add_view, kind=Kind.WIDGET), "add_widget"),
    DraftPage("add-microsite/", partial(add_view, kind=Kind.MICROSITE), "add_microsite"),
)
PAGES = (
    DraftPage("archive/", archive_view, "archive"),
    DraftPage("bring-back/", bring_back_view, "bring_back"),
    DraftPage("delete-draft/", delete_view, "delete_draft"),
)
