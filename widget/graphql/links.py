from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.wire.share_links import share_link
from programs.models import Participant, ReferralCode
from widget.graphql.areas import Area, Info, call_of, envelope
from widget.languages import language_of
from widget.links import PrimaryLink, primary_links_of
from widget.messages import message_link, share_text


def _links(user: Participant, info: Info) -> Mapping[str, PrimaryLink]:
    """Return the user's links by program, read once for all fields of all users on a page."""
    call = call_of(info)
    if user.pk not in call.links:
        call.links.update(primary_links_of(call.unread_with(user, call.links)))
    return call.links[user.pk]


def clicks_of(user: Participant, info: Info) -> int:
    """Return how often the user's links were opened, in all programs together."""
    return sum(link.clicks for link in _links(user, info).values())


def _link(user: Participant, info: Info, program_id: str | None) -> PrimaryLink | None:
    links = _links(user, info)
    return links.get(program_id) if program_id is not None else next(iter(links.values()), None)


def _referral_code(user: Participant, info: Info, programId: str | None = None) -> str | None:
    found = _link(user, info, programId)
    return found.code if found else None


def _share_link(
    user: Participant,
    info: Info,
    programId: str | None = None,
    shareMedium: str = "UNKNOWN",
    engagementMedium: str = "UNKNOWN",
) -> str | None:
    found = _link(user, info, programId)
    return share_link(found.slug, share=shareMedium, engagement=engagementMedium) if found and found.slug else None


def _message_link(
    user: Participant,
    info: Info,
    shareMedium: str,
    programId: str | None = None,
    engagementMedium: str = "UNKNOWN",
) -> str | None:
    """Return where ``GET /a/…/message/redirect/…`` leads the user, so that a button needs no detour."""
    found = _link(user, info, programId)
    if found is None or not found.slug:
        return None
    program_key = programId if programId is not None else next(iter(_links(user, info)))
    texts = call_of(info).share_texts
    if program_key not in texts:
        texts[program_key] = share_text(program_key, language_of(user.locale))
    return message_link(found.slug, text=texts[program_key], medium=shareMedium, engagement=engagementMedium)


def _links_of_code(code: Any, info: Info, limit: int, offset: int) -> dict[str, Any]:
    """Return the link that goes along with a code: that of its advocate in the program."""
    program = code.program if isinstance(code, ReferralCode) else code.pool.program
    found = _links(code.participant, info).get(program.key)
    rows = [found] if found is not None and found.slug else []
    return envelope(rows[offset : offset + limit], len(rows))


def _short_url(
    link: PrimaryLink,
    _info: Info,
    shareMedium: str = "UNKNOWN",
    engagementMedium: str = "UNKNOWN",
) -> str:
    return share_link(link.slug, share=shareMedium, engagement=engagementMedium)


AREA: Final = Area(
    """
    type ShareLinkCode {
      linkCode: String!
      shortUrl(shareMedium: ReferralShareMedium = UNKNOWN, engagementMedium: UserEngagementMedium = UNKNOWN): String!
    }
    type ShareLinkCodeList { data: [ShareLinkCode!]! count: Int! totalCount: Int! }
    extend type ReferralCode { shareLinkCodes(limit: Int! = 20, offset: Int! = 0): ShareLinkCodeList! }
    extend type User {
      referralCode(programId: ID): String
      referralCodes: RSShallowMap!
      shareLink(
        programId: ID, shareMedium: ReferralShareMedium = UNKNOWN, engagementMedium: UserEngagementMedium = UNKNOWN
      ): String
      messageLink(
        programId: ID, shareMedium: ReferralShareMedium!, engagementMedium: UserEngagementMedium = UNKNOWN
      ): String
    }
    """,
    {
        "User.referralCode": _referral_code,
        "User.referralCodes": lambda user, info: {key: link.code for key, link in _links(user, info).items()},
        "User.shareLink": _share_link,
        "User.messageLink": _message_link,
        "ReferralCode.shareLinkCodes": _links_of_code,
        "ShareLinkCode.linkCode": lambda link, _info: link.slug,
        "ShareLinkCode.shortUrl": _short_url,
    },
)
