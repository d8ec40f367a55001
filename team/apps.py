from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "api_key.created": _("API key created"),
    "api_key.revoked": _("API key revoked"),
    "company.changed": _("General settings changed"),
    "member.created": _("Member created"),
    "member.deactivated": _("Member deactivated"),
    "member.invited": _("Member invited"),
    "member.invited_again": _("Invitation sent again"),
    "member.joined": _("Invitation accepted"),
    "member.password_changed": _("Own password changed"),
    "member.password_reset": _("Password reset by e-mail"),
    "member.profile_changed": _("Own profile changed"),
    "member.reactivated": _("Member reactivated"),
    "member.role_changed": _("Role changed"),
}


class TeamConfig(AppConfig):
    name = "team"

    def ready(self) -> None:
        """Say who may do what, name what the app records, and give the admin site its login form and panels."""
        from django.contrib import admin
        from django.contrib.auth.models import Group

        from team.audit import name_action
        from team.forms import LoginForm
        from team.panels import register_panels
        from team.roles import FULL_ACCESS_ONLY, grant

        grant(FULL_ACCESS_ONLY, "team.view_user", "team.add_user", "team.change_user")
        grant(FULL_ACCESS_ONLY, "team.view_company", "team.change_company", "team.view_auditentry")
        grant(FULL_ACCESS_ONLY, "team.view_apikey", "team.add_apikey", "team.change_apikey")
        admin.site.login_form = LoginForm
        admin.site.unregister(Group)  # the role says what a member may do; nothing reads groups
        for action, name in ACTIONS.items():
            name_action(action, name)
        register_panels()
