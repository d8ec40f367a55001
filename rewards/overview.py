"""What Overview shows of rewards: what was given, and what is about to be lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from advocate.lib.clock import now
from advocate.lib.figures import Figure, counted
from advocate.lib.panels import Panel, register_panel
from rewards.models import Reward
from rewards.queries import is_available

SPAN: Final = timedelta(days=30)


def given_and_expiring(_request: HttpRequest, _none: object) -> Mapping[str, Any]:
    """Return how many rewards were given in the last 30 days, wait, and expire in the next 30."""
    at = now()
    feed = reverse("admin:rewards_reward_changelist")
    expiring = Reward.objects.filter(is_available(at), date_expires__lte=at + SPAN)
    return {
        "title": _("Rewards"),
        "span": "",
        "figures": [
            Figure(_("Created in the last 30 days"), counted(Reward.objects.filter(date_created__gte=at - SPAN)), feed),
            Figure(
                _("Pending"),
                counted(Reward.objects.filter(status=Reward.Status.PENDING)),
                f"{feed}?status__exact={Reward.Status.PENDING.value}",
            ),
            Figure(_("Expire in the next 30 days"), counted(expiring)),
        ],
    }


def register() -> None:
    """Add the card to Overview."""
    register_panel(
        Panel(
            "overview",
            "rewards",
            "components/figures.html",
            given_and_expiring,
            permission="rewards.view_reward",
            order=30,
        )
    )
