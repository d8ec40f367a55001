"""On a participant's page: links that let them into the microsites of programs, made when somebody presses for one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from advocate.lib.clock import now
from advocate.lib.pages import Page, register_page
from advocate.lib.panels import Panel, register_panel
from programs.admin.form_pages import actor_of
from programs.models import Participant
from team.models import User
from widget.microsite.proofs import LINK_LIFETIME
from widget.operations import hand_out_link
from widget.queries import open_microsites

# Whoever has the link is let in as the participant, so it is for those who may change them.
CHANGE: Final = "programs.change_participant"


def microsite_links(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return the microsites that the participant can be let into."""
    return {"microsites": list(open_microsites()), "days": LINK_LIFETIME.days}


@require_POST
@never_cache
def microsite_link_view(request: HttpRequest, participant_id: int, microsite_id: int) -> HttpResponse:
    """Make a link and show it; nowhere is it shown again."""
    if not cast("User", request.user).has_perm(CHANGE):
        raise PermissionDenied
    participant = get_object_or_404(Participant, pk=participant_id)
    microsite = open_microsites().filter(pk=microsite_id).first()
    if microsite is None:
        raise Http404
    token = hand_out_link(display=microsite, participant=participant, by=actor_of(request), at=now())
    context = {
        **admin.site.each_context(request),
        "title": _("Microsite link"),
        "participant": participant,
        "participant_url": f"{reverse('admin:programs_participant_change', args=[participant.pk])}?tab=codes",
        "microsite": microsite,
        "link": settings.BASE_URL + reverse("microsite-link", args=[microsite.slug, token]),
        "days": LINK_LIFETIME.days,
    }
    return TemplateResponse(request, "widget/microsite_link.html", context)


def register() -> None:
    """Add the panel to a participant's page, and the page that it leads to."""
    panel = "widget/panels/microsite_links.html"
    register_panel(Panel("participant", "microsite-links", panel, microsite_links, "codes", CHANGE, 20, wide=True))
    route = "participant/<int:participant_id>/microsite-link/<int:microsite_id>/"
    register_page(Page(route, microsite_link_view, "widget_microsite_link"))
