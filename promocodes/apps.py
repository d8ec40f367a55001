from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PromoCodesConfig(AppConfig):
    name = "promocodes"
    verbose_name = _("Promo codes")

    def ready(self) -> None:
        """Say who may do what, and add the app's imports."""
        from jobs.types import register_import
        from promocodes.imports import IMPORTS
        from team.roles import EVERYONE, MANAGERS_AND_ABOVE, SUPPORT_AND_ABOVE, grant

        grant(EVERYONE, "promocodes.view_codepool", "promocodes.view_codebatch", "promocodes.view_promocode")
        grant(SUPPORT_AND_ABOVE, "promocodes.give_code")
        grant(
            MANAGERS_AND_ABOVE,
            "promocodes.change_codepool",
            "promocodes.add_promocode",
            "promocodes.withdraw_code",
        )
        for one in IMPORTS:
            register_import(one)
