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
    "conversion.reversed": _("Order reversed"),
    "catalog.added": _("Catalog reward added"),
    "catalog.changed": _("Catalog reward changed"),
    "rule.added": _("Reward rule added"),
    "rule.changed": _("Reward rule changed"),
    "rule.switched_on": _("Reward rule switched on"),
    "rule.switched_off": _("Reward rule switched off"),
    "unit.added": _("Reward unit added"),
    "unit.changed": _("Reward unit changed"),
}


class RewardsConfig(AppConfig):
    name = "rewards"

    def ready(self) -> None:
        """Say who may do what, and add the app's reports, imports, panels and searches to their pages."""
        from jobs.types import register_export, register_import
        from rewards import happenings, overview, panels, referral_panels, rule_panels, search
        from rewards.admin import referrers  # models are not ready at import
        from rewards.exports import REPORTS
        from rewards.imports import IMPORTS
        from team.audit import name_action
        from team.roles import EVERYONE, MANAGERS_AND_ABOVE, SUPPORT_AND_ABOVE, grant

        views = ("reward", "rewardunit", "catalogreward", "rewardrule")
        grant(EVERYONE, *(f"rewards.view_{name}" for name in views))
        grant(SUPPORT_AND_ABOVE, "rewards.add_reward", "rewards.redeem_reward", "rewards.cancel_reward")
        grant(
            MANAGERS_AND_ABOVE,
            "rewards.reverse_redemption",
            "rewards.undo_import",
            "rewards.add_rewardunit",
            "rewards.change_rewardunit",
            "rewards.add_catalogreward",
            "rewards.change_catalogreward",
            "rewards.add_rewardrule",
            "rewards.change_rewardrule",
        )
        for action, name in ACTIONS.items():
            name_action(action, name)
        happenings.register()
        panels.register()
        referral_panels.register()
        rule_panels.register()
        referrers.register()
        overview.register()
        search.register()
        for report in REPORTS:
            register_export(report)
        for one in IMPORTS:
            register_import(one)
