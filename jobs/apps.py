from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "export.created": _("Report created"),
    "export.cancelling": _("Report being cancelled"),
    "export.cancelled": _("Report cancelled"),
    "export.retried": _("Report started again"),
    "export.downloaded": _("Report downloaded"),
    "import.created": _("File imported"),
    "import.confirmed": _("Import confirmed"),
    "import.discarded": _("Import discarded"),
    "import.cancelling": _("Import being cancelled"),
    "import.cancelled": _("Import cancelled"),
    "import.retried": _("Import started again"),
    "import.downloaded": _("Import's file downloaded"),
}


class JobsConfig(AppConfig):
    name = "jobs"

    def ready(self) -> None:
        """Say who may do what, and add the app's search and its part of the overview."""
        from advocate.lib.search import register_search
        from jobs.admin import overview
        from jobs.search import JOBS
        from team.audit import name_action
        from team.roles import EVERYONE, SUPPORT_AND_ABOVE, grant

        register_search(JOBS)
        grant(EVERYONE, "jobs.view_job")
        grant(SUPPORT_AND_ABOVE, "jobs.run_report", "jobs.run_import")
        for action, name in ACTIONS.items():
            name_action(action, name)
        overview.register()
