from __future__ import annotations

from django.apps import AppConfig


class RewardsConfig(AppConfig):
    name = "rewards"

    def ready(self) -> None:
        """Say who may do what, and add the app's reports, imports, panels and searches to their pages."""
        from jobs.types import register_export, register_import
        from rewards import overview, panels, search
        from rewards.exports import REPORTS
        from rewards.imports import IMPORTS
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
        panels.register()
        overview.register()
        search.register()
        for report in REPORTS:
            register_export(report)
        for one in IMPORTS:
            register_import(one)
