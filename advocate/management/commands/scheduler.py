from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from advocate import processes


class Command(BaseCommand):
    """Become the scheduler (Celery beat), with the settings' sizes."""

    help = "Run the scheduler (Celery beat); one for a deployment is enough in this process; stop it with SIGTERM."
    requires_system_checks = ()  # Celery makes them when a scheduler starts

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes."""
        processes.run_here(processes.scheduler())
