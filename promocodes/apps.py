from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "promo_code.given": _("Promo code given"),
    "promo_code.withdrawn": _("Promo code withdrawn"),
    "promo_codes.withdrawn": _("Promo codes withdrawn"),
    "codepool.saved": _("Settings of promo codes saved"),
    "codepool.switched_on": _("Promo codes switched on"),
    "codepool.put_on_widgets": _("Promo codes put on the widgets"),
    "codepool.taken_off_widgets": _("Promo codes taken off the widgets"),
}


class PromoCodesConfig(AppConfig):
    name = "promocodes"
    verbose_name = _("Promo codes")

    def ready(self) -> None:
        """Say who may do what, give who joins a program their codes, and add the app's parts to the pages."""
        from jobs.types import register_export, register_import
        from programs.joined import register_joined
        from programs.taken_codes import register_codes
        from programs.unblocked import register_unblocked
        from promocodes import given_codes, happenings, overview, panels, program_panel, search
        from promocodes.admin import bulk_withdrawing, set_up, uploading  # models are not ready at import
        from promocodes.exports import PROMO_CODES
        from promocodes.imports import IMPORTS
        from promocodes.operations import give_to_newcomer, give_to_newcomers, give_to_unblocked
        from promocodes.queries.searching import promo_codes_in
        from team.audit import name_action
        from team.roles import EVERYONE, MANAGERS_AND_ABOVE, SUPPORT_AND_ABOVE, grant

        grant(EVERYONE, "promocodes.view_codepool", "promocodes.view_codebatch", "promocodes.view_promocode")
        grant(SUPPORT_AND_ABOVE, "promocodes.give_code")
        grant(
            MANAGERS_AND_ABOVE,
            "promocodes.change_codepool",
            "promocodes.add_promocode",
            "promocodes.withdraw_code",
        )
        for action, name in ACTIONS.items():
            name_action(action, name)
        register_joined(give_to_newcomer, many=give_to_newcomers)
        register_unblocked(give_to_unblocked)
        register_codes(promo_codes_in)
        for one in IMPORTS:
            register_import(one)
        given_codes.register()
        happenings.register()
        panels.register()
        search.register()
        register_export(PROMO_CODES)
        for pages in (set_up, uploading, bulk_withdrawing):
            pages.register()
        program_panel.register()
        overview.register()
