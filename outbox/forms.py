from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class TestEmailForm(forms.Form):
    """Where to send a test mail."""

    to = forms.EmailField(label=_("To"), max_length=254)
