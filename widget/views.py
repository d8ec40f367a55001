from __future__ import annotations

import logging
import re
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from advocate.lib.clock import now
from programs.models import ShareLink
from programs.operations import count_click
from programs.queries import share_link
from team.queries import company
from widget.landing import Origin, landing_url

# Chats and mail scanners open every link to show what is behind it; their names hold one of these. Cubot is a phone.
ROBOTS: Final = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|preview|scan|fetch|facebookexternalhit|whatsapp|skypeuripreview|headless"
    r"|monitor|curl|wget|python|java/|go-http|okhttp|axios|libwww",
    re.IGNORECASE,
)

logger = logging.getLogger(__name__)


class CountedRedirect(HttpResponseRedirect):
    """
    A redirect that counts its click when it has been sent.

    The friend neither waits for the count, which another writer may hold up, nor misses the page when it fails.
    """

    def __init__(self, url: str, *, link: ShareLink, at: datetime) -> None:
        super().__init__(url)
        self._link = link
        self._at = at

    def close(self) -> None:
        """Count, and let go of the request."""
        try:
            count_click(link=self._link, at=self._at)
        except DatabaseError:
            logger.warning("share_link.click_not_counted link=%s", self._link.pk, exc_info=True)
        finally:
            super().close()


@never_cache
@require_safe
def share_link_view(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead a friend to the landing page of a share link's program, with the advocate's code."""
    link = share_link(slug)
    if link is None:
        raise Http404
    at = now()
    origin = Origin(host=urlsplit(settings.BASE_URL).netloc, tenant_alias=company().tenant_alias)
    url = landing_url(link, query=request.GET.dict(), origin=origin, at=at)
    if not url:
        raise Http404
    answer = CountedRedirect(url, link=link, at=at) if is_click(request) else HttpResponseRedirect(url)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def is_click(request: HttpRequest) -> bool:
    """Say whether a person opened the link, as far as can be told: not a robot, nor a browser ahead of its reader."""
    if request.method != "GET":  # a HEAD only looks
        return False
    agent = request.headers.get("User-Agent", "")
    ahead = " ".join(request.headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"))
    return bool(agent) and not ROBOTS.search(agent) and not re.search(r"prefetch|prerender|preview", ahead)
