from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "participant.added": _("Participant added"),
    "participant.joined": _("Program joined"),
    "participant.changed": _("Participant changed"),
    "participant.deleted": _("Participant deleted"),
    "participant.blocked": _("Participant blocked"),
    "participant.unblocked": _("Participant unblocked"),
    "participant.referrer_added": _("Referrer added"),
    "code.added": _("Code added"),
    "code.edited": _("Code edited"),
    "code.disabled": _("Code disabled"),
    "code.enabled": _("Code enabled"),
    "code.made_primary": _("Code made primary"),
    "program.created": _("Program created"),
    "program.changed": _("Program changed"),
    "program.launched": _("Program launched"),
    "program.paused": _("Program paused"),
    "program.resumed": _("Program resumed"),
    "program.deleted": _("Program deleted"),
}


class ProgramsConfig(AppConfig):
    name = "programs"
    verbose_name = _("Programs")

    def ready(self) -> None:
        """Say who may do what, and add the app's panels, searches and reports to their pages."""
        from jobs.types import register_export
        from programs import happenings, overview, own_codes, panels, search  # models are not ready at import
        from programs.exports import PARTICIPANTS
        from team.audit import name_action
        from team.roles import EVERYONE, MANAGERS_AND_ABOVE, SUPPORT_AND_ABOVE, grant

        views = ("program", "participant", "referralcode", "referral", "sharelink", "touch", "conversion")
        grant(EVERYONE, *(f"programs.view_{name}" for name in views))
        grant(SUPPORT_AND_ABOVE, "programs.change_participant")
        grant(SUPPORT_AND_ABOVE, "programs.add_referralcode", "programs.change_referralcode", "programs.add_referral")
        grant(SUPPORT_AND_ABOVE, "programs.reverse_conversion")
        grant(MANAGERS_AND_ABOVE, "programs.add_participant")
        grant(MANAGERS_AND_ABOVE, "programs.add_program", "programs.change_program", "programs.delete_program")
        for action, name in ACTIONS.items():
            name_action(action, name)
        panels.register()
        happenings.register()
        overview.register()
        search.register()
        own_codes.register()
        register_export(PARTICIPANTS)
