from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.template.response import TemplateResponse


def laid_out(response: HttpResponse, template: str, **context: Any) -> HttpResponse:
    """Show a form page, if the response is one, with a layout of its own instead of one field after another."""
    if isinstance(response, TemplateResponse):
        response.template_name = template
        response.context_data = {**(response.context_data or {}), **context}
    return response
