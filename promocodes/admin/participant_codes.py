"""The page "View codes": all promo codes that one participant was given."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from advocate.lib.clock import now
from programs.models import Participant
from programs.pages import Page, page_of
from promocodes.admin.section import MANAGER, part_url
from promocodes.code_lines import add_code_url, code_lines, waiting_among
from promocodes.queries.people import holdings_of, promo_codes_of

SEE = "promocodes.view_promocode"


def participant_codes(request: HttpRequest, participant_id: int) -> HttpResponse:
    """Show which codes a participant was given, and what became of each."""
    if not request.user.has_perm(SEE):
        raise PermissionDenied
    participant = get_object_or_404(Participant, pk=participant_id)
    found: Page[Any] = page_of(request, "", promo_codes_of(participant))
    lines = code_lines(request, found.rows, of=participant, at=now())
    holdings = holdings_of(participant)
    context = {
        **admin.site.each_context(request),
        "title": _("View codes"),
        "participant": participant,
        "page": Page(lines, found.newer_url, found.older_url, found.goes_further),
        "holdings": holdings,
        "waiting": waiting_among(holdings),
        "add_url": add_code_url(request, participant),
        "list_title": MANAGER,
        "list_url": part_url("codeholder"),
    }
    return TemplateResponse(request, "promocodes/participant_codes.html", context)
