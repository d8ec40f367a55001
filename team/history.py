from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse

from team.audit import ReadableChange, action_name, readable_changes
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


def line_of(entry: AuditEntry) -> HistoryLine:
    """Return an entry with everything in words."""
    return HistoryLine(
        at=entry.at,
        who=str(entry.user or entry.actor),
        what=action_name(entry.action),
        object_label=entry.object_label,
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
