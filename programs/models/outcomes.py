from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TouchOutcome(models.TextChoices):
    """What came of a touch, or of looking for an order's advocate; only ATTRIBUTED made or found a referral by it."""

    ATTRIBUTED = "attributed", _("Attributed")
    ALREADY_REFERRED = "already_referred", _("Referred by someone else before")
    SAME_AGAIN = "same_again", _("Same advocate again")
    OWN_CODE = "own_code", _("Own code")
    ADVOCATE_BLOCKED = "advocate_blocked", _("Advocate blocked")
    FRIEND_BLOCKED = "friend_blocked", _("Friend blocked")
    NOT_REFERABLE = "not_referable", _("Friend cannot be referred")
    UNKNOWN_CODE = "unknown_code", _("Unknown code")
    CODE_USED = "code_used", _("Code used before")
    CODE_WITHDRAWN = "code_withdrawn", _("Code withdrawn")
    CODE_EXPIRED = "code_expired", _("Code expired")
    CODE_NOT_ASSIGNED = "code_not_assigned", _("Code of no advocate")
    CODE_DISABLED = "code_disabled", _("Code disabled")
    COOKIE_EXPIRED = "cookie_expired", _("Share link followed too long ago")
    PROGRAM_NOT_LIVE = "program_not_live", _("Program not live")
    NO_TOUCH = "no_touch", _("No advocate known")
