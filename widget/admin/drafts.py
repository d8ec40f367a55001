"""The pages that change a draft: each makes one change and leads back to the page on which it is arranged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from advocate.lib.clock import now
from advocate.lib.errors import DomainError
from programs.admin.form_pages import FormPage, actor_of, form_data, form_page
from team.models import User
from widget.editor import CHANGE
from widget.forms import ComponentForm, RevisionForm, part_form
from widget.models import Display
from widget.operations import (
    ComponentGone,
    UnknownComponentType,
    add_component,
    discard_draft,
    edit_component,
    move_component,
    publish,
    remove_component,
    restore_version,
)
from widget.queries import draft_of


@dataclass(frozen=True, slots=True)
class DraftPage:
    """An address below a display's own, and the view that makes one change."""

    route: str
    view: Callable[..., HttpResponse]
    name: str


def display_url(display: Display, *, part: str = "", tab: str = "") -> str:
    """Return the address of a display's page, at one of its components or tabs."""
    url = reverse("admin:widget_display_change", args=[display.pk])
    if tab:
        return f"{url}?tab={tab}"
    return f"{url}?component={part}" if part else url


@require_POST
def add_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Add a component of a type to the end of the draft, and open it."""
    display = _display(request, display_id)
    try:
        kind = request.POST.get("type", "")
        added = add_component(display=display, component_type=kind, seen=_seen(request), by=actor_of(request), at=now())
    except DomainError as error:
        return _refused(request, display, error)
    return HttpResponseRedirect(display_url(display, part=added.id))


@require_POST
def move_view(request: HttpRequest, display_id: int, component_id: str) -> HttpResponse:
    """Move a component of the draft to another place."""
    display = _display(request, display_id)
    try:
        move_component(
            display=display,
            component_id=component_id,
            place=_number(request.POST.get("place", "")),
            seen=_seen(request),
            by=actor_of(request),
            at=now(),
        )
    except DomainError as error:
        return _refused(request, display, error)
    opened = request.POST.get("opened", "")
    return HttpResponseRedirect(display_url(display, part=opened if opened.isalnum() else ""))


@require_POST
def remove_view(request: HttpRequest, display_id: int, component_id: str) -> HttpResponse:
    """Take a component out of the draft."""
    display = _display(request, display_id)
    try:
        remove_component(
            display=display, component_id=component_id, seen=_seen(request), by=actor_of(request), at=now()
        )
    except DomainError as error:
        return _refused(request, display, error)
    messages.success(request, _("The component was removed from the draft."))
    return HttpResponseRedirect(display_url(display))


@require_POST
def edit_view(request: HttpRequest, display_id: int, component_id: str) -> HttpResponse:
    """Save a component's texts and settings in the draft; what is refused is shown with what was typed."""
    display = _display(request, display_id)
    try:
        form = form_of(request, display, component_id)
        if form.is_valid():
            edit_component(
                display=display,
                component_id=component_id,
                texts=form.texts(),
                settings=form.settings(),
                seen=form.cleaned_data["seen"],
                by=actor_of(request),
                at=now(),
            )
            messages.success(request, _("Saved in the draft."))
            return HttpResponseRedirect(display_url(display, part=component_id))
    except (ComponentGone, UnknownComponentType) as error:
        return _refused(request, display, error)
    except DomainError as error:
        field = str(error.params.get("field", ""))
        form.add_error(field if field in form.fields else None, str(error.params.get("reason", error)))
    return _shown_again(request, display, form)


def form_of(request: HttpRequest, display: Display, component_id: str) -> ComponentForm:
    """
    Return the form of a component of the draft.

    :raises ComponentGone: if it is not there
    :raises UnknownComponentType: if there is no such component any more
    """
    draft = draft_of(display)
    part = next((one for one in draft.parts if one.id == component_id), None)
    return part_form(form_data(request), part, seen=draft.revision)


def publish_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Ask, and show the draft to participants."""
    display = _display(request, display_id)

    def submit() -> str:
        version = publish(display=display, seen=_seen(request), by=actor_of(request), at=now())
        messages.success(request, _("Version %(number)s is what participants see now.") % {"number": version.number})
        return display_url(display)

    page = _page(display, _("Publish the draft?"), _("Publish"), _("Participants see it from their next visit on."))
    return form_page(request, page=page, form=_revision_form(request, display), submit=submit)


def discard_view(request: HttpRequest, display_id: int) -> HttpResponse:
    """Ask, and make the draft what participants see."""
    display = _display(request, display_id)

    def submit() -> str:
        discard_draft(display=display, seen=_seen(request), by=actor_of(request), at=now())
        messages.success(request, _("The draft is what participants see again."))
        return display_url(display)

    lead = _("What was changed since the last publishing is lost.")
    page = _page(display, _("Discard the changes?"), _("Discard changes"), lead)
    return form_page(request, page=page, form=_revision_form(request, display), submit=submit)


def restore_view(request: HttpRequest, display_id: int, number: int) -> HttpResponse:
    """Ask, and make an earlier version the draft."""
    display = _display(request, display_id)

    def submit() -> str:
        restore_version(display=display, number=number, seen=_seen(request), by=actor_of(request), at=now())
        said = _("Version %(number)s is the draft now. Look at it, then publish it.")
        messages.success(request, said % {"number": number})
        return display_url(display)

    lead = _("It takes the place of the draft. Participants see it once you publish it.")
    title = _("Go back to version %(number)s?") % {"number": number}
    page = _page(display, title, _("Make it the draft"), lead)
    return form_page(request, page=page, form=_revision_form(request, display), submit=submit)


def _page(display: Display, title: str, button: str, lead: str) -> FormPage:
    return FormPage(
        title=title,
        list_title=_("Content"),
        list_url=reverse("admin:widget_display_changelist"),
        object_title=display.shown_name,
        button=button,
        cancel_url=display_url(display),
        lead=lead,
    )


def _shown_again(request: HttpRequest, display: Display, form: ComponentForm) -> HttpResponse:
    """Show the page with what was typed; to save it again overwrites what the person sees beside it now."""
    form.data = {**request.POST.dict(), "seen": str(draft_of(display).revision)}
    vars(request)["component_form"] = form  # for the panel, which is told of nothing but the request
    page: Any = admin.site.get_model_admin(Display)
    return cast("HttpResponse", page.detail_view(request, str(display.pk)))


def _revision_form(request: HttpRequest, display: Display) -> RevisionForm:
    return RevisionForm(form_data(request), initial={"seen": draft_of(display).revision})


def _refused(request: HttpRequest, display: Display, error: DomainError) -> HttpResponse:
    messages.error(request, str(error))
    return HttpResponseRedirect(display_url(display))


def _display(request: HttpRequest, display_id: int) -> Display:
    if not cast("User", request.user).has_perm(CHANGE):
        raise PermissionDenied
    return get_object_or_404(Display.objects.select_related("program"), pk=display_id)


def _seen(request: HttpRequest) -> int:
    return _number(request.POST.get("seen", ""))


def _number(text: str) -> int:
    """Return a small whole number as forms send it; what is none was never a draft's revision."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


PAGES = (
    DraftPage("components/add/", add_view, "add_component"),
    DraftPage("components/<str:component_id>/move/", move_view, "move_component"),
    DraftPage("components/<str:component_id>/remove/", remove_view, "remove_component"),
    DraftPage("components/<str:component_id>/edit/", edit_view, "edit_component"),
    DraftPage("publish/", publish_view, "publish"),
    DraftPage("discard/", discard_view, "discard"),
    DraftPage("versions/<int:number>/restore/", restore_view, "restore"),
)
