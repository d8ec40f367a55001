from __future__ import annotations

from typing import NoReturn

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from api.access import KEY_READS, USER_READS, caller_of, refuse_others
from api.errors import classic_only, not_found, reply
from api.schemas.share_links import ShareLinks
from api.views.users import REFUSED, found_user
from api.wire.share_links import EngagementMedium, ShareMedium, links_by_media
from programs.queries import codes_of_live_programs

router = Router(by_alias=True, tags=["Share links"])


@router.get(
    "/open/account/{path:account_id}/user/{path:user_id}/shareurls",
    auth=USER_READS,
    response={200: ShareLinks, **REFUSED},
)
def list_share_links(
    request: HttpRequest,
    account_id: str,
    user_id: str,
    program_id: str = Query(alias="programId"),
    engagement_medium: EngagementMedium | None = Query(None, alias="engagementMedium"),
    share_medium: ShareMedium | None = Query(None, alias="shareMedium"),
) -> HttpResponse:
    """Return a user's share links in a live program: one link, whose address names the medium that a click came by."""
    refuse_others(caller_of(request), account_id, user_id)
    return _links(account_id, user_id, program_id, engagement_medium, share_medium)


@router.get(
    "/account/{path:account_id}/user/{path:user_id}/shareurls", auth=KEY_READS, response={200: ShareLinks, **REFUSED}
)
def list_share_links_by_key(
    request: HttpRequest,
    account_id: str,
    user_id: str,
    program_id: str = Query(alias="programId"),
    engagement_medium: EngagementMedium | None = Query(None, alias="engagementMedium"),
    share_medium: ShareMedium | None = Query(None, alias="shareMedium"),
) -> HttpResponse:
    """Do the same for servers."""
    return _links(account_id, user_id, program_id, engagement_medium, share_medium)


@router.get(
    "/account/{path:account_id}/user/{path:user_id}/sharelinks",
    auth=KEY_READS,
    response={200: ShareLinks, **REFUSED},
    deprecated=True,
)
def list_flat_share_links(request: HttpRequest, account_id: str, user_id: str) -> NoReturn:
    """Refuse what only programs of a former kind have; `shareurls` has the links."""
    raise classic_only("Ask for shareurls instead.")


def _links(account_id: str, user_id: str, program_id: str, engagement: str | None, share: str | None) -> HttpResponse:
    held = codes_of_live_programs(found_user(account_id, user_id)).get(program_id)
    if held is None or not held.slug:
        raise not_found("The user has no share link in such a program.")
    links = links_by_media(held.slug, engagement=engagement or "", share=share or "")
    return reply({"shareLinks": links})
