"""What the page of an order shows of the call that brought it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from advocate.lib.panels import Panel, register_panel
from api.queries import submission_of_conversion
from programs.models import Conversion


def call_of_conversion(request: HttpRequest, conversion: Conversion) -> Mapping[str, Any]:
    """Return the call by which an order came in, where it came by one."""
    return {"submission": submission_of_conversion(conversion)}


def register() -> None:
    """Add the panel to an order's page."""
    template = "api/panels/submission.html"
    panel = Panel("conversion", "call", template, call_of_conversion, "", "programs.view_conversion", 40, wide=True)
    register_panel(panel)
