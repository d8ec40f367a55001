from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "reward.granted": _("Reward given"),
    "reward.redeemed": _("Reward redeemed"),
    "reward.reversed": _("Redemption reversed"),
    "reward.cancelled": _("Reward cancelled"),
    "reward.released": _("Rewards became available"),
    "reward.expired": _("Rewards expired"),
    "catalog.added": _("Catalog reward added"),
    "catalog.changed": _("Catalog reward changed"),
    "unit.added": _("Reward unit added"),
    "unit.changed": _("Reward unit changed"),
}


class RewardsConfig(AppConfig):
    name = "rewards"

    def ready(self) -> None:
        """Say who may do what, and add the app's reports, imports, panels and searches to their pages."""
        from jobs.types import register_export, register_import
        from rewards import overview, panels, search
        from rewards.exports import REPORTS
        from rewards.imports import IMPORTS
        from team.audit import name_action
        from team.roles import EVERYONE, MANAGERS_AND_ABOVE, SUPPORT_AND_ABOVE, grant

        grant(EVERYONE, "rewards.view_reward", "rewards.view_rewardunit", "rewards.view_catalogreward")
        grant(SUPPORT_AND_ABOVE, "rewards.add_reward", "rewards.redeem_reward", "rewards.cancel_reward")
        grant(
            MANAGERS_AND_ABOVE,
            "rewards.reverse_redemption",
            "rewards.undo_import",
            "rewards.add_rewardunit",
            "rewards.change_rewardunit",
            "rewards.add_catalogreward",
            "rewards.change_catalogreward",
        )
        for action, name in ACTIONS.items():
            name_action(action, name)
        panels.register()
        overview.register()
        search.register()
        for report in REPORTS:
            register_export(report)
        for one in IMPORTS:
            register_import(one)
