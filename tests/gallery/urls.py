"""The product's addresses with the scratch admin pages instead of the apps' own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from advocate.urls import urlpatterns as product
from tests.gallery.admin import site

_turns = {"count": 0}


def fragment(request: HttpRequest) -> HttpResponse:
    """Answer like a job's progress: two turns running, then done."""
    _turns["count"] = 0 if "reset" in request.GET else _turns["count"] + 1
    stop = " data-refresh-stop" if _turns["count"] >= 2 else ""
    return HttpResponse(f'<p data-announce{stop} id="turn">Turn {_turns["count"]}</p>')


def broken(request: HttpRequest) -> HttpResponse:
    """Break."""
    raise RuntimeError("broken on purpose")


urlpatterns = [
    path("admin/", site.urls),
    path("fragment/", fragment),
    path("broken/", broken),
    *(entry for entry in product if str(getattr(entry, "pattern", "")) != "admin/"),
]
