from __future__ import annotations

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    name = "rewards"

    def ready(self) -> None:
        from jobs.types import register_export
        from rewards.exports import REPORTS

        for report in REPORTS:
            register_export(report)
