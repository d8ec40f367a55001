from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        """Add the app's part to the page of an order."""
        from api import panels  # models are not ready at import

        panels.register()
