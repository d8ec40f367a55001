"""Pages with one form that leads to one operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from django.contrib import admin
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy

from advocate.lib.admin.parts import Text
from advocate.lib.errors import DomainError
from team.audit import Actor
from team.models import User

CANCEL = gettext_lazy("Cancel")


@dataclass(frozen=True, slots=True)
class FormPage:
    """What stands around a form: where the page is, what it asks and what its button says."""

    title: Text
    list_title: Text
    list_url: str
    button: Text
    cancel_url: str
    object_title: Text = ""
    lead: Text = ""
    danger: bool = False
    cancel: Text = CANCEL
    history_url: str = ""


def actor_of(request: HttpRequest) -> Actor:
    """Return who is logged in; the back office is for nobody else."""
    return Actor.of(cast("User", request.user))


def form_data(request: HttpRequest) -> QueryDict | None:
    """Return what was sent; a form is blank until then."""
    return request.POST if request.method == "POST" else None


def form_page(request: HttpRequest, *, page: FormPage, form: BaseForm, submit: Callable[[], str]) -> HttpResponse:
    """
    Show a form, or do what it asks for and go to the address that ``submit`` returns.

    What the operation refuses is shown with the form, beside the field that it is about.
    """
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(submit())
        except DomainError as error:
            field = str(error.params.get("field", ""))
            if field in form.fields:
                form.add_error(field, str(error.params.get("reason", error)))
            else:
                form.add_error(None, str(error))
    context = {**admin.site.each_context(request), "title": page.title, "page": page, "form": form}
    return TemplateResponse(request, "programs/form.html", context)
