from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        from advocate.lib.search import register_search
        from jobs.admin import overview
        from jobs.search import JOBS
        from team.roles import EVERYONE, SUPPORT_AND_ABOVE, grant

        register_search(JOBS)
        grant(EVERYONE, "jobs.view_job")
        grant(SUPPORT_AND_ABOVE, "jobs.run_report", "jobs.run_import")
        overview.register()
