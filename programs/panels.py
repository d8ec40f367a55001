"""What the pages of participants and programs show; rewards and promo codes add their own beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from advocate.lib.panels import Panel, Tab, register_panel, register_tab
from programs import queries
from programs.activity import ActivityLine, lines_of_sources
from programs.code_panel import codes
from programs.models import Participant, Program
from programs.pages import ROWS, page_number, page_of, paged
from programs.queries import Activity, Happening
from team.audit import action_name, readable_changes
from team.history import who_did
from team.models import AuditEntry
from team.panels import history_panel

SEE_PARTICIPANT = "programs.view_participant"
SEE_REFERRALS = "programs.view_referral"

# What entries of participants name that no model has as a field, so that it is collected.
FIELDS_OF_NO_MODEL = (gettext_noop("Primary code"), gettext_noop("Old code works"))


def nothing_more(request: HttpRequest, shown: Model) -> Mapping[str, Any]:
    """Return nothing, where all that a panel needs is the page's object."""
    return {}


def custom_fields(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return the segments and custom fields."""
    return {"segments": participant.segments, "fields": sorted(participant.custom_fields.items())}


def referred_by(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return who referred the participant, in each program."""
    return {"referrals": list(queries.referrals_received(participant)[:ROWS])}


def friends(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return a page of those whom the participant referred."""
    return {"page": page_of(request, "referrals", queries.referrals_made(participant))}


def activity(request: HttpRequest, participant: Participant) -> Mapping[str, Any]:
    """Return a page of what happened to the participant."""
    skip = (page_number(request) - 1) * ROWS
    upto = skip + ROWS + 1
    lines = [activity_line(each) for each in queries.activity_of(participant, skip=0, limit=upto)]
    reader: Any = request.user
    lines += lines_of_sources(participant, reader=reader, limit=upto)
    lines.sort(key=lambda line: line.at, reverse=True)
    return {"page": paged(request, "activity", lines[skip:upto])}


def activity_line(happened: Activity) -> ActivityLine:
    """Tell in words what happened."""
    if happened.entry is not None:
        return _change(happened.entry)
    referral = happened.referral
    if referral is None:
        raise ValueError("Something that happened is a change or a step of a referral.")
    by_friend = happened.happening in {Happening.REFERRED, Happening.FRIEND_CONVERTED}
    other = referral.referred if by_friend else referral.referrer
    words = {
        Happening.WAS_REFERRED: _("Was referred by"),
        Happening.CONVERTED: _("Converted, referred by"),
        Happening.REFERRED: _("Referred"),
        Happening.FRIEND_CONVERTED: _("A friend converted:"),
    }
    return ActivityLine(
        at=happened.at,
        what=words[happened.happening] if happened.happening else "",
        name=str(other),
        url=reverse("admin:programs_participant_change", args=[other.pk]),
        program=referral.program.name,
    )


def _change(entry: AuditEntry) -> ActivityLine:
    changes = tuple(readable_changes(entry))
    return ActivityLine(at=entry.at, what=action_name(entry.action), who=who_did(entry), changes=changes)


def program_numbers(request: HttpRequest, program: Program) -> Mapping[str, Any]:
    """Return how much the program is used."""
    return {"numbers": queries.program_numbers(program)}


def register() -> None:
    """Add the tabs and panels of participants and programs to their pages."""
    tabs = (
        ("overview", gettext_lazy("Overview")),
        ("rewards", gettext_lazy("Rewards")),
        ("referrals", gettext_lazy("Referrals")),
        ("codes", gettext_lazy("Codes and links")),
        ("activity", gettext_lazy("Activity")),
    )
    for order, (key, label) in enumerate(tabs, start=1):
        register_tab(Tab("participant", key, label, order=order * 10))
    of_participant = (
        ("about", "about", nothing_more, "overview", SEE_PARTICIPANT, 10, False),
        ("custom-fields", "custom_fields", custom_fields, "overview", SEE_PARTICIPANT, 20, False),
        ("referred-by", "referred_by", referred_by, "overview", SEE_REFERRALS, 30, True),
        ("friends", "friends", friends, "referrals", SEE_REFERRALS, 20, True),
        ("codes", "codes", codes, "codes", "programs.view_referralcode", 10, True),
        ("activity", "activity", activity, "activity", SEE_PARTICIPANT, 10, True),
    )
    for key, template, context, tab, permission, order, wide in of_participant:
        page = Panel("participant", key, f"programs/panels/{template}.html", context, tab, permission, order, wide)
        register_panel(page)
    see = "programs.view_program"
    register_panel(Panel("program", "landing-page", "programs/panels/landing_page.html", nothing_more, "", see, 10))
    register_panel(Panel("program", "numbers", "programs/panels/numbers.html", program_numbers, "", see, 20))
    register_panel(history_panel(page="program", permission="team.view_auditentry"))
