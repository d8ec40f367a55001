"""What a request asks of the page on which a draft is arranged."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from widget.languages import Language, language_of

CHANGE: Final = "widget.change_display"


def preview_language(request: HttpRequest) -> Language:
    """Return the language that a preview was asked for in, else the member's own."""
    asked = request.GET.get("language", "")
    return Language(asked) if asked in set(Language) else language_of(getattr(request, "LANGUAGE_CODE", ""))
