from __future__ import annotations

from widget.admin.displays import DisplayAdmin

__all__ = ["DisplayAdmin"]
