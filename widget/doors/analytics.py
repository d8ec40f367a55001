from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from api.errors import reply
from widget.counts import Counted
from widget.doors.callers import WHOEVER, let_in
from widget.loading import MEDIA
from widget.operations.counting import count
from widget.sharing import LABELS
from widget.widget_types import shown_version


@csrf_exempt  # no cookie speaks for a caller here
@require_POST
def loaded_view(request: HttpRequest, tenant_alias: str) -> HttpResponse:
    """Count that a widget was shown."""
    return _count(request, Counted.LOADED, request.GET.get("engagementMedium", ""), MEDIA)


@csrf_exempt  # no cookie speaks for a caller here
@require_POST
def shared_view(request: HttpRequest, tenant_alias: str) -> HttpResponse:
    """Count that something was shared from a widget."""
    return _count(request, Counted.SHARED, request.GET.get("shareMedium", ""), frozenset({*LABELS, "DIRECT"}))


def _count(request: HttpRequest, kind: Counted, medium: str, known: frozenset[str]) -> HttpResponse:
    caller = let_in(request, WHOEVER)
    program_key = request.GET.get("programId") or shown_version("").display.program.key
    count(program_key=program_key, kind=kind, medium=medium if medium in known else "UNKNOWN", at=caller.at)
    return reply({})
