"""A widget as the shop's script gets it: the document for its frame, and what it should know besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from django.http import HttpRequest

from api.access import Caller, sent_token, tenant_alias_of
from api.errors import ApiError
from programs.models import Participant
from programs.queries import HeldCode
from widget.colours import colours_of
from widget.languages import Language, language_of
from widget.models import DisplayVersion
from widget.rendering import Ident, render
from widget.tokens import token_of
from widget.viewers import AdvocateViewer, Viewer
from widget.widget_types import shown_version, type_of

LOCALE: Final = re.compile(r"[a-z]{2}(_([A-Z]{2}|[0-9]{3}))?")
MEDIA: Final = frozenset({"EMBED", "POPUP", "HOSTED", "MOBILE", "NOCONTENT", "EMPTY", "UNKNOWN", "DEMO", "DEMO_EMBED"})
USUAL_MEDIUM: Final = "POPUP"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page asks for; empty is as the product sees fit."""

    widget_type: str = ""
    medium: str = ""
    locale: str = ""
    browsers: str = ""  # the language of the browser, for a reader of whom nothing else is known

    def check(self) -> None:
        """
        Refuse what there is not.

        :raises ApiError: if there is no such medium or locale
        """
        if self.medium and self.medium not in MEDIA:
            raise ApiError(400, "INVALID_ENGAGEMENT_MEDIUM", "There is no such engagementMedium.", rs="RS037")
        if self.locale and not LOCALE.fullmatch(self.locale):
            raise ApiError(400, "INVALID_LOCALE", "A locale is written as en_US.", rs="RS039")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A widget and what the shop's script should know of it."""

    template: str
    js_options: dict[str, Any]
    version: DisplayVersion


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a widget, of which tenant, and the token by which they did."""

    caller: Caller
    tenant_alias: str
    token: str = ""

    @classmethod
    def of(cls, request: HttpRequest, caller: Caller) -> Self:
        """Return who asks by a call."""
        return cls(caller, tenant_alias_of(request), sent_token(request))

    def token_for(self, participant: Participant) -> str:
        """Return the token that a participant's widget goes on with: the one sent, or one made where a key was."""
        key, at = self.caller.key, self.caller.at
        return token_of(participant, key=key, at=at) if key else self.token


def load(
    wanted: Wanted,
    *,
    participant: Participant | None,
    asker: Asker,
    held: Mapping[str, HeldCode] | None = None,
    own_language_first: bool = True,
) -> Loaded:
    """
    Return the widget for a participant, or without one for anybody.

    ``held`` are the participant's codes by program, where they were read already.

    :raises ApiError: if there is no such widget, medium or locale
    """
    wanted.check()
    version = shown_version(wanted.widget_type)
    medium = wanted.medium or USUAL_MEDIUM
    template = render(
        version,
        viewer=_viewer(participant, version, asker.caller.at, medium, held or {}),
        language=_language(participant, wanted, own_first=own_language_first),
        colours=colours_of(version.display),
        ident=_ident(participant, version, asker, medium),
    )
    options = {"widget": {"defaultWidgetType": type_of(version.display)}}
    return Loaded(template, {**options, "widgetUrlMappings": [], "fuelTankAutofillUrls": []}, version)


def _viewer(
    participant: Participant | None, version: DisplayVersion, at: datetime, medium: str, held: Mapping[str, HeldCode]
) -> Viewer:
    program = version.display.program
    if participant is None:
        return Viewer(program=program, at=at)
    own = held.get(program.key)
    return AdvocateViewer(participant=participant, program=program, at=at, medium=medium, held=own)


def _language(participant: Participant | None, wanted: Wanted, *, own_first: bool) -> Language:
    own = participant.locale if participant else ""
    named = (own, wanted.locale) if own_first else (wanted.locale, own)
    return language_of(*named, wanted.browsers)


def _ident(participant: Participant | None, version: DisplayVersion, asker: Asker, medium: str) -> Ident:
    ident = Ident(tenant_alias=asker.tenant_alias, program_key=version.display.program.key, engagement_medium=medium)
    if participant is None:
        return ident
    return replace(
        ident,
        token=asker.token_for(participant),
        account_id=participant.account_id,
        user_id=participant.user_id,
        locale=participant.locale,
    )
