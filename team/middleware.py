from __future__ import annotations

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from team.models import User


class ViewerMiddleware:
    """
    Speak the viewer's language and show times in their zone, for the length of one request.

    Language: the member's own; else what LocaleMiddleware found in the cookie or the browser. Zone: the member's own;
    else the company's; else that of the deployment.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request as its viewer reads."""
        user = request.user
        if not isinstance(user, User):
            return self.get_response(request)
        language = _known_language(user.language) or translation.get_language()
        companys = getattr(user, "company_time_zone", None)  # read with the member by PasswordBackend.get_user
        zone = _known_zone(user.time_zone) or _known_zone(companys) or settings.TIME_ZONE
        with translation.override(language), timezone.override(ZoneInfo(zone)):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            answer = self.get_response(request)
            answer.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return answer


def _known_language(code: str) -> str:
    return code if code in dict(settings.LANGUAGES) else ""


def _known_zone(name: str | None) -> str:
    # A zone can vanish with an update of the system's zone data; a page must not fail for it.
    return name if name and name in _zones() else ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads the file system
