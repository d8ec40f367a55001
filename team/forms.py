from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from team.throttle import TooManyTries


class LoginForm(AdminAuthenticationForm):
    """Ask for e-mail and password."""

    locked = False
    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": _("E-mail or password is wrong. Capital and small letters differ in passwords."),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password; who has tried too often reads how long to wait."""
        try:
            return super().clean()
        except TooManyTries as refusal:
            self.locked = True
            raise ValidationError(str(refusal), code=refusal.code) from refusal
