from __future__ import annotations

from django.apps import AppConfig


class TeamConfig(AppConfig):
    name = "team"

    def ready(self) -> None:
        from django.contrib import admin

        from team.forms import LoginForm
        from team.roles import FULL_ACCESS_ONLY, grant

        grant(FULL_ACCESS_ONLY, "team.view_user", "team.add_user", "team.change_user")
        grant(FULL_ACCESS_ONLY, "team.view_company", "team.change_company", "team.view_auditentry")
        admin.site.login_form = LoginForm
