from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    name = "outbox"

    def ready(self) -> None:
        """Take the mails that the team writes, say who may read the log, and add its panel."""
        from advocate.lib.panels import Panel, register_panel
        from outbox import panels
        from outbox.postbox import take_mail
        from team.audit import name_action
        from team.postbox import connect
        from team.roles import FULL_ACCESS_ONLY, grant

        connect(take_mail)
        name_action("email.retried", _("E-mail sent again"))
        # A mail may hold a link that lets its reader in, so that who reads the log could become anyone.
        grant(FULL_ACCESS_ONLY, "outbox.view_email", "outbox.retry_email")
        register_panel(
            Panel(
                "overview",
                "emails",
                "components/figures.html",
                panels.undelivered,
                permission="outbox.view_email",
                order=50,
            )
        )
        register_panel(Panel("email", "links", "outbox/links_panel.html", panels.links, order=10, wide=True))
        register_panel(Panel("email", "html", "outbox/html_panel.html", panels.body, order=20, wide=True))
        register_panel(Panel("email", "text", "outbox/text_panel.html", panels.body, order=30, wide=True))
