from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from advocate import processes


class Command(BaseCommand):
    """Become a worker (Celery), with the settings' sizes."""

    help = "Run a worker (Celery) in this process; stop it with SIGTERM."
    requires_system_checks = ()  # Celery makes them when a worker starts

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal comes."""
        processes.run_here(processes.worker())
