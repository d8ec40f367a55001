from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from advocate.lib.errors import DomainError


class AlreadyReversed(DomainError):
    """All that the row redeemed was given back before, by hand or by another undo."""

    code = "already_reversed"
    message = _("What this row redeemed was reversed already.")
