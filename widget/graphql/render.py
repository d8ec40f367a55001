from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from django.utils.translation import get_language_from_request

from api.access import refuse_others
from api.errors import user_not_found
from api.tokens import UserIds
from programs.models import Participant
from programs.queries import participant_of
from widget.graphql.areas import Area, Call, Info, attribute, call_of
from widget.loading import Asker, Wanted, load


def _render(
    _root: Any,
    info: Info,
    user: Mapping[str, str] | None = None,
    engagementMedium: str | None = None,
    widgetType: str | None = None,
    locale: str | None = None,
) -> dict[str, Any]:
    """Render a widget for whom the caller may speak: themselves, or with an API key anybody; else for a visitor."""
    call = call_of(info)
    participant = _participant(call, user)
    wanted = Wanted(
        widget_type=widgetType or "",
        medium=engagementMedium or "",
        locale=locale or "",
        browsers=get_language_from_request(call.request),
    )
    loaded = load(wanted, participant=participant, asker=Asker.of(call.request, call.caller))
    return {
        "template": loaded.template,
        "user": participant,
        "jsOptions": loaded.js_options,
        "widgetConfig": {"values": {}},
    }


def _participant(call: Call, user: Mapping[str, str] | None) -> Participant | None:
    """Return for whom to render; clients write the ids as they do in addresses, where ``@`` is ``%40``."""
    if call.caller.subject is not None:
        if user is not None and not _is_subject(call, user):
            refuse_others(call.caller, user["accountId"], user["id"])
        return call.needed_participant()
    if call.caller.key is None or user is None:
        return None
    found = next(filter(None, (participant_of(account_id=a, user_id=u) for a, u in _readings(user))), None)
    if found is None:
        raise user_not_found()
    return found


def _is_subject(call: Call, user: Mapping[str, str]) -> bool:
    subject = call.caller.subject
    return subject is not None and any(UserIds(*ids) == subject.ids for ids in _readings(user))


def _readings(user: Mapping[str, str]) -> list[tuple[str, str]]:
    ids = (user["accountId"], user["id"])
    return list(dict.fromkeys([ids, (unquote(ids[0]), unquote(ids[1]))]))


AREA: Final = Area(
    """
    type RenderedUser { id: String! accountId: String! }
    type WidgetConfigValues { values: RSJsonNode }
    type RenderedWidget {
      template: String! user: RenderedUser jsOptions: RSJsonNode widgetConfig: WidgetConfigValues
    }
    extend type Query {
      renderWidget(
        user: UserIdInput, engagementMedium: UserEngagementMedium, widgetType: WidgetType, locale: RSLocale
      ): RenderedWidget
    }
    """,
    {
        "Query.renderWidget": _render,
        "RenderedUser.id": attribute("user_id"),
        "RenderedUser.accountId": attribute("account_id"),
    },
)
