from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from jobs.admin import overview
        from team.roles import EVERYONE, SUPPORT_AND_ABOVE, grant

        grant(EVERYONE, "jobs.view_job")
        grant(SUPPORT_AND_ABOVE, "jobs.run_report", "jobs.run_import")
        overview.register()
