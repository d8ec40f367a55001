"""What every list, form and detail page of the back office has in common; docs/theme.md shows how to use it."""

from __future__ import annotations

from advocate.lib.admin.cells import ago, badge, dash, day, instant, moment, mono, number, person
from advocate.lib.admin.model_admin import ThemedModelAdmin
from advocate.lib.admin.paging import CappedPaginator
from advocate.lib.admin.parts import Action, Badge, DetailHeader, Fact

__all__ = [
    "Action",
    "Badge",
    "CappedPaginator",
    "DetailHeader",
    "Fact",
    "ThemedModelAdmin",
    "ago",
    "badge",
    "dash",
    "day",
    "instant",
    "moment",
    "mono",
    "number",
    "person",
]
