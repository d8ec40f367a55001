from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "display.component_added": _("Component added to the draft"),
    "display.component_moved": _("Component of the draft moved"),
    "display.component_changed": _("Component of the draft changed"),
    "display.component_removed": _("Component removed from the draft"),
    "display.published": _("Draft published"),
    "display.draft_discarded": _("Draft discarded"),
    "display.version_restored": _("Earlier version made the draft"),
    "display.component_put_on_all": _("Component put on all widgets of the program"),
    "display.component_taken_off_all": _("Component taken off all widgets of the program"),
    "display.made": _("Widget or microsite made"),
    "display.archived": _("Widget or microsite archived"),
    "display.brought_back": _("Widget or microsite brought back"),
    "display.deleted": _("Widget or microsite deleted"),
    "display.settings_changed": _("Settings of a widget or microsite changed"),
    "participant.consented": _("Consent given in a microsite"),
    "participant.microsite_link_made": _("Microsite link made"),
    "display.sites_changed": _("Sites that may show the widgets changed"),
}


class WidgetConfig(AppConfig):
    name = "widget"
    verbose_name = _("Content")

    def ready(self) -> None:
        """Say who may do what, and give each new program its widget and microsite."""
        from api.origins import register_origins
        from programs.created import register_created
        from promocodes.on_widgets import register_widgets
        from team.audit import name_action, name_label
        from team.roles import EVERYONE, MANAGERS_AND_ABOVE, grant
        from widget import microsite_links, panels, sandbox
        from widget.models import FIRST_NAMES
        from widget.operations import make_displays, set_promo_codes_shown  # models are not ready at import
        from widget.queries import is_allowed_origin

        grant(EVERYONE, "widget.view_display")
        grant(MANAGERS_AND_ABOVE, "widget.change_display")
        for action, name in ACTIONS.items():
            name_action(action, name)
        for label in FIRST_NAMES.values():
            name_label("widget.display", label)
        panels.register()
        register_created(make_displays)
        register_widgets(set_promo_codes_shown)
        register_origins(is_allowed_origin)
        sandbox.register()
        microsite_links.register()
