from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from team.audit import SYSTEM, ReadableChange, action_name, readable_changes, readable_label
from team.models import AuditEntry


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One entry of the audit list as a page shows it."""

    at: datetime
    who: str
    what: str
    object_label: str
    object_url: str
    changes: list[ReadableChange]


def who_did(entry: AuditEntry) -> str:
    """Return who it was: a member by their name now, anything else as it was recorded."""
    if entry.user is None and entry.actor == SYSTEM.label:
        return _("Advocate itself")
    return str(entry.user or entry.actor)


def line_of(entry: AuditEntry) -> HistoryLine:
    """Return an entry with everything in words."""
    return HistoryLine(
        at=entry.at,
        who=who_did(entry),
        what=action_name(entry.action),
        object_label=readable_label(entry),
        object_url=_url_of(entry),
        changes=readable_changes(entry),
    )


def _url_of(entry: AuditEntry) -> str:
    try:
        if entry.object_type == "team.company":
            return reverse("admin:team_company_change")
        return reverse(f"admin:{entry.object_type.replace('.', '_')}_change", args=[entry.object_id])
    except NoReverseMatch:
        return ""
