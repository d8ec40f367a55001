from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """Return the current instant; call it once, at the edge, and hand it on as ``at``."""
    return timezone.now()
