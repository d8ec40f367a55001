"""The page "Add referrer" of a participant: by the advocate's code, or by finding the advocate."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from advocate.lib.clock import now
from advocate.lib.pages import Page, register_page
from programs.admin.form_pages import actor_of, form_data
from programs.feeds import codes_to_share
from programs.models import Participant, Touch
from rewards.attribution.by_hand import NotReferred, add_referrer
from rewards.attribution.explaining import explain_touch, with_people
from rewards.attribution.resolving import folded
from rewards.forms import ReferrerForm

ADD: Final = "programs.add_referral"
MOST_KEPT: Final = 100


def add_referrer_view(request: HttpRequest, participant_id: int) -> HttpResponse:
    """Make an advocate the participant's referrer; the friend's page then shows the referral."""
    if not request.user.has_perm(ADD):
        raise PermissionDenied
    friend = get_object_or_404(Participant, pk=participant_id)
    form = ReferrerForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            referral = add_referrer(friend=friend, code=form.cleaned_data["code"], by=actor_of(request), at=now())
        except NotReferred as refusal:
            form.add_error("code", refusal_words(friend, refusal))
        else:
            text = _("%(advocate)s is the referrer of %(friend)s in “%(program)s” now.")
            named = {"advocate": referral.referrer, "friend": friend, "program": referral.program}
            messages.success(request, text % named)
            return HttpResponseRedirect(_referrals_of(friend))
    return _page(request, friend, form)


def refusal_words(friend: Participant, refusal: NotReferred) -> SafeString | str:
    """Return why a code that was typed for a friend refers nobody; the touch that was kept of it knows."""
    kept = with_people(Touch.objects.filter(friend=friend, outcome=refusal.params["outcome"]))
    code = folded(str(refusal.params["code_text"]))
    touches = (touch for touch in kept.order_by("-at", "-pk")[:MOST_KEPT] if folded(touch.text) == code)
    touch = next(touches, None)
    return explain_touch(touch).sentence if touch is not None else str(refusal)


def add_referrer_url(request: HttpRequest, participant: Participant) -> str:
    """Return the page's address, for who may add a referrer."""
    user: Any = request.user
    return reverse("admin:programs_participant_add_referrer", args=[participant.pk]) if user.has_perm(ADD) else ""


def _page(request: HttpRequest, friend: Participant, form: forms.Form) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    context = {
        **admin.site.each_context(request),
        "title": _("Add referrer"),
        "friend": friend,
        "form": form,
        "words": words,
        "codes": codes_to_share(words, besides=friend) if words else [],
        "list_title": _("Participants"),
        "list_url": reverse("admin:programs_participant_changelist"),
        "friend_url": _referrals_of(friend),
    }
    return TemplateResponse(request, "rewards/add_referrer.html", context)


def _referrals_of(participant: Participant) -> str:
    return reverse("admin:programs_participant_change", args=[participant.pk]) + "?tab=referrals"


def register() -> None:
    """Add the page."""
    route = "programs/participant/<int:participant_id>/add-referrer/"
    register_page(Page(route, add_referrer_view, "programs_participant_add_referrer"))
