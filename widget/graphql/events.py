from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from api.access import refuse_others
from widget.counts import Counted
from widget.graphql.areas import Area, Info, call_of
from widget.operations.counting import count

KINDS: Final = {
    "USER_REFERRAL_PROGRAM_LOADED_EVENT": Counted.LOADED,
    "USER_REFERRAL_PROGRAM_ENGAGEMENT_EVENT": Counted.SHARED,
}


def _create(_root: Any, info: Info, eventMeta: Mapping[str, Any]) -> bool:
    """Count that a widget was loaded, or that something was shared from it."""
    call = call_of(info)
    call.needed_participant()
    refuse_others(call.caller, eventMeta["accountId"], eventMeta["id"])
    meta = eventMeta.get("meta") or {}
    kind = KINDS[eventMeta["type"]]
    medium = meta.get("shareMedium" if kind == Counted.SHARED else "engagementMedium") or "UNKNOWN"
    count(program_key=eventMeta.get("programId") or "", kind=kind, medium=medium, at=call.caller.at)
    return True


AREA: Final = Area(
    f"""
    enum UserAnalyticsEventType {{ {" ".join(KINDS)} }}
    input UserAnalyticsEventMeta {{ engagementMedium: UserEngagementMedium shareMedium: ReferralShareMedium }}
    input UserAnalyticsEvent {{
      id: String! accountId: String! programId: ID type: UserAnalyticsEventType! meta: UserAnalyticsEventMeta
    }}
    extend type Mutation {{ createUserAnalyticsEvent(eventMeta: UserAnalyticsEvent!): Boolean }}
    """,
    {"Mutation.createUserAnalyticsEvent": _create},
)
