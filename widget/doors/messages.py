"""Where the share buttons of a shop's own pages lead."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from api.errors import user_not_found
from api.throttle import UNKNOWN_CODES, count_call, refuse_if_spent
from api.wire.share_links import ENGAGEMENT_MEDIA, SHARE_MEDIA
from programs.queries import participant_of
from widget.doors.callers import WHOEVER, let_in
from widget.languages import language_of
from widget.links import primary_links
from widget.messages import message_link, share_text


class ShareRedirect(HttpResponseRedirect):
    """A redirect to an app on the reader's device, too."""

    allowed_schemes = ["http", "https", "mailto", "sms", "fb-messenger"]


@require_safe
def message_view(request: HttpRequest, tenant_alias: str, medium: str) -> HttpResponse:
    """
    Lead an advocate to where they hand their link on by a medium, with the message of the program's widget.

    Nobody proves here who they are, as a button is an address; so whoever asks for users that there are not is
    slowed down. Where the link leads is the program's to say: an address's ``rsLandingPage`` changes nothing.
    """
    if medium not in SHARE_MEDIA:
        raise Http404
    caller = let_in(request, WHOEVER)
    if caller.key is None:
        refuse_if_spent(request, UNKNOWN_CODES, at=caller.at)
    asked = request.GET
    user = participant_of(account_id=asked.get("accountId", ""), user_id=asked.get("userId", ""))
    links = {key: link for key, link in (primary_links(user) if user else {}).items() if link.slug}
    program_key = asked.get("programId") or next(iter(links), "")
    if user is None or program_key not in links:
        if caller.key is None:
            count_call(request, UNKNOWN_CODES, at=caller.at)
        raise user_not_found()
    engagement = asked.get("engagementMedium", "")
    address = message_link(
        links[program_key].slug,
        text=share_text(program_key, language_of(user.locale)),
        medium=medium,
        engagement=engagement if engagement in ENGAGEMENT_MEDIA else "UNKNOWN",
    )
    return ShareRedirect(address)
