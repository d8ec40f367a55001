from __future__ import annotations

from django.apps import AppConfig


class ProgramsConfig(AppConfig):
    name = "programs"

    def ready(self) -> None:
        from jobs.types import register_export
        from programs.exports import PARTICIPANTS

        register_export(PARTICIPANTS)
