from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from team.audit import Actor
from widget.models import Display, DisplayVersion


def add_version(display: Display, components: Sequence[Any], *, by: Actor, at: datetime) -> DisplayVersion:
    """Make components the current version; the caller holds the draft's row, so that nobody else does so meanwhile."""
    versions = DisplayVersion.objects.filter(display=display)
    last = versions.aggregate(last=Max("number"))["last"] or 0
    versions.filter(is_current=True).update(is_current=False)
    return DisplayVersion.objects.create(
        display=display,
        number=last + 1,
        is_current=True,
        components=list(components),
        published_at=at,
        published_by=by.label,
        updated_at=at,
    )
