from __future__ import annotations

from typing import Final

from widget.graphql.areas import Area
from widget.sharing import LABELS

AREA: Final = Area(
    f"""
    scalar RSDate
    scalar RSLocale
    scalar RSJsonNode
    scalar RSShallowMap
    scalar RSRelativeTimeframe
    scalar Long
    scalar WidgetType
    enum UserEngagementMedium {{ NOCONTENT EMBED HOSTED MOBILE POPUP DEMO_EMBED DEMO EMPTY EMAIL UNKNOWN }}
    enum ReferralShareMedium {{ DIRECT {" ".join(LABELS)} REMINDER UNKNOWN }}
    enum RSSortOrder {{ ASC DESC }}
    input RSSortByInput {{ field: String! order: RSSortOrder }}
    input UserIdInput {{ id: String! accountId: String! }}
    interface Viewer {{ locale: RSLocale }}
    type ProgramSummary {{ id: ID! name: String }}
    type Query {{ viewer: Viewer }}
    type Mutation {{ _nothing: Boolean }}
    """
)
