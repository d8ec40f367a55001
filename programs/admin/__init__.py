from __future__ import annotations

from programs.admin.participants import ParticipantAdmin
from programs.admin.programs import ProgramAdmin

__all__ = ["ParticipantAdmin", "ProgramAdmin"]
