from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class RuleChangedMeanwhile(DomainError):
    """Somebody changed the rule after it was read."""

    code = "reward_rule_changed"
    message = _("Somebody else changed this rule in the meantime. Look at it again before you change it.")


class RuleNotValid(DomainError):
    """The parts of a rule do not belong together; ``params["field"]`` names the one to look at."""

    code = "reward_rule_not_valid"
    message = _("%(reason)s")
