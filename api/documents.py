"""The OpenAPI document and the page on which people read it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from api.routes import openapi


@require_safe
def openapi_document(request: HttpRequest) -> HttpResponse:
    """Give the OpenAPI document."""
    return JsonResponse(openapi())


@require_safe
def docs_page(request: HttpRequest) -> HttpResponse:
    """Show the OpenAPI document."""
    viewer: dict[str, Any] = {"url": reverse("api_document"), "deepLinking": True, "validatorUrl": None}
    return TemplateResponse(request, "api/docs.html", {"viewer": viewer})
